package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.CreateRunRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code thirteen sweep} and {@code thirteen inspect} against services on a real socket. */
class SweepCommandTest {
    private static final String SWEEP = """
            name: s
            run: run.yaml
            grids:
            - {name: sizes, over: {adapter.u: [1, 4], seed: [1, 2, 3]}}
            - {name: more, over: {seed: [1, 2], adapter.u: [4, 13]}}
            """;

    @TempDir
    private Path folder;

    private FakeServices services;
    private Path endpoints;

    @BeforeEach
    void startServices() throws IOException {
        services = new FakeServices();
        endpoints = services.endpoints(folder);
    }

    @AfterEach
    void stopServices() {
        services.close();
    }

    private Invocation sweep(String text, String... more) {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "sweep";
        arguments[1] = "-f";
        arguments[2] = new SweepFiles(folder).write(text).toString();
        System.arraycopy(more, 0, arguments, 3, more.length);
        return Invocation.of(endpoints, arguments);
    }

    @Test
    void aCheckSaysWhatWouldRunAndCreatesNothing() {
        Invocation result = sweep(SWEEP, "--check");

        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("""
                        grid   axes                     runs  numbers  freedom  samples
                        sizes  adapter.u x 2, seed x 3     6       13       12    3,456
                        more   seed x 2, adapter.u x 2     4       13       12    2,304
                        8 runs, 2 of them cells of several grids; 4,608 samples; up to 8 runs at a time
                        """);
        assertThat(services.training.creations).hasSize(8).allMatch(CreateRunRequest::getValidateOnly);
    }

    @Test
    void aCellThatTheServerRefusesIsNamedBeforeAnythingStarts() {
        Invocation result = sweep(SWEEP.replace("adapter.u: [1, 4]", "sampling.top-p: [0.5, 1]"));

        assertThat(result.code()).isEqualTo(CallFailure.INVALID);
        assertThat(result.err())
                .contains(
                        "sampling.top-p: must be off (1) in training",
                        "in grid sizes with sampling.top-p: 0.5, seed: 1");
        assertThat(services.training.creations).allMatch(CreateRunRequest::getValidateOnly);
    }

    @Test
    void whatIsKnownIsShownWithoutStartingAnything() {
        Invocation result =
                sweep(SWEEP, "--show", "--report", folder.resolve("report").toString());

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("sizes\n", "adapter.u  numbers", "0 of 3");
        assertThat(services.training.creations).isEmpty();
        assertThat(folder.resolve("report/results.csv")).content().contains(",absent,0,");
    }

    @Test
    void numbersOfARunThatIsNotThereAreNotFound() {
        assertThat(Invocation.of(endpoints, "inspect", "gone").code()).isEqualTo(CallFailure.NOT_FOUND);
        assertThat(Invocation.of(endpoints, "inspect", "tiny", "--problems", "0")
                        .code())
                .isEqualTo(CallFailure.INVALID);
    }
}
