package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
    void stopServices() throws InterruptedException {
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
    void aCheckSaysWhatCellsLeaveOut() {
        Invocation result = sweep(SWEEP.replace("{adapter.u: [1, 4]", """
                {adapter.tying: [all, tiled], adapter.n-tie: [1, 2]"""), "--check");

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("adapter.n-tie is left out of 3 runs, in which it has no effect\n");
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
    void aCheckNamesEachProblemFileThatTheServerHasNotGotOnceAndUploadsNone() throws IOException {
        for (String name : List.of("a", "b", "asked")) {
            String problem = "{\"id\": \"%s\", \"question\": \"1+1?\", \"answer\": \"2\"}\n".formatted(name);
            Files.writeString(folder.resolve(name + ".jsonl"), problem);
        }
        String text = """
                name: s
                run: run.yaml
                evaluation: {data-set: {file: asked.jsonl}, problems: 1}
                grids:
                - name: files
                  set: {data-set.generator: , data-set.split: }
                  over: {data-set.file: [a.jsonl, b.jsonl], seed: [1, 2]}
                """;

        Invocation result = sweep(text, "--check");

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).isEqualTo("""
                not checked: %1$s/a.jsonl, which the server has not got. Whether its prompts leave room, its labels suit the \
                reward and its problems are enough is checked when the first run that needs it is created
                not checked: %1$s/b.jsonl, which the server has not got. Whether its prompts leave room, its labels suit the \
                reward and its problems are enough is checked when the first run that needs it is created
                """.formatted(folder));
        assertThat(sweep(text, "--show").err()).isEmpty();
        assertThat(services.training.blobs).isEmpty();
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
    void aRunFileWithoutARewardIsRefusedBeforeAnythingStarts() throws IOException {
        Path file = new SweepFiles(folder).write(SWEEP);
        Path run = folder.resolve("run.yaml");
        String supervised = Files.readString(run)
                .replace("reward: {extraction: hash, scorer: exact}", "algorithm: {name: sft}\nmax-staleness: 0");
        Files.writeString(run, supervised);

        Invocation result = Invocation.of(endpoints, "sweep", "-f", file.toString());

        assertThat(result.code()).isEqualTo(CallFailure.INVALID);
        assertThat(result.err())
                .endsWith("thirteen: %s:1: reward: is missing, by which the sweep judges answers: give it one, and let"
                                .formatted(run)
                        + " cells of sft remove it (set: {reward: })\n");
        assertThat(services.training.creations).allMatch(CreateRunRequest::getValidateOnly);
    }

    @Test
    void aSweepWithoutQuestionsNamesTheFileThatMayHaveThem() throws IOException {
        Path file = new SweepFiles(folder).write(SWEEP);
        Path run = folder.resolve("run.yaml");
        String text = Files.readString(run);
        Files.writeString(run, text.substring(0, text.indexOf("evaluation:")));

        Invocation result = Invocation.of(endpoints, "sweep", "-f", file.toString(), "--check");

        String message =
                "thirteen: %s:1: evaluation: is missing, and the sweep's has no data-set: give one of them a data-set\n";
        assertThat(result).isEqualTo(new Invocation(CallFailure.INVALID, "", message.formatted(run)));
        assertThat(services.training.creations).isEmpty();
    }

    @Test
    void anEvaluationThatItsFileDoesNotSuitIsRefusedByFileAndKey() throws IOException {
        Path file = folder.resolve("sweep.yaml");
        Path asked = folder.resolve("asked.jsonl");
        String problem = "{\"id\": \"1\", \"question\": \"1+1?\", \"answer\": \"two\"}\n";
        Files.writeString(asked, problem);
        String most = "%s:6: evaluation.problems: must be at most 1, the problems of '%s', not ".formatted(file, asked);

        assertThat(refused("evaluation: {data-set: {file: asked.jsonl}, problems: 2}"))
                .isEqualTo(most + "2");
        assertThat(refused("evaluation: {data-set: {file: asked.jsonl}}")).isEqualTo(most + "64 as in the run file");
        assertThat(refused("evaluation: {data-set: {file: gone.jsonl}}"))
                .isEqualTo(
                        file + ":6: evaluation.data-set.file: there is no file 'gone.jsonl' beside this file or in the"
                                + " working directory");
        Path run = folder.resolve("run.yaml");
        Files.writeString(run, Files.readString(run).replace("scorer: exact", "scorer: numeric"));
        Files.writeString(file, SWEEP + "evaluation: {data-set: {file: asked.jsonl}, problems: 1}");
        assertThat(Invocation.of(endpoints, "sweep", "-f", file.toString(), "--check")
                        .err())
                .startsWith("thirteen: " + asked + ":1: problem '1', under term answer: ");
        // One that is not asked is no matter.
        Files.writeString(asked, problem.replace("two", "2") + problem.replace("1", "7"));
        assertThat(Invocation.of(endpoints, "sweep", "-f", file.toString(), "--check")
                        .code())
                .isZero();
    }

    private String refused(String evaluation) {
        Invocation result = sweep(SWEEP + evaluation, "--check");
        assertThat(result.code()).isEqualTo(CallFailure.INVALID);
        assertThat(services.training.creations).isEmpty();
        return result.err().replace("thirteen: ", "").strip();
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
    @Timeout(300)
    void runsThatStoppedAreNamedWithTheirReasonsAndHowToGoOn() {
        String text = SWEEP.replace("seed: [1, 2, 3]", "seed: [1, 2, 3, 4, 5, 6, 7]");
        for (SweepCell cell : SweepCell.of(new SweepFiles(folder).read(text))) {
            Run.Builder run = Run.newBuilder().setName(cell.run());
            run.getStateBuilder().setPhase(RunPhase.RUN_PHASE_FAILED).setReason("the folder\nis empty");
            services.training.more.add(run.build());
        }
        int runs = services.training.more.size();
        Invocation result = sweep(text);

        assertThat(result.code()).isEqualTo(CallFailure.FAILED);
        List<String> lines = result.err().lines().toList();
        assertThat(lines).hasSize(2 + 10 + 2);
        assertThat(lines.getFirst()).contains(runs + " of its runs are paused or failed and stay so");
        assertThat(lines.subList(2, 12))
                .allMatch(line -> line.matches("thirteen: run s-\\w+ is failed: the folder is empty"));
        assertThat(lines.subList(12, 14))
                .containsExactly(
                        "thirteen: and " + (runs - 10) + " more, which --show names",
                        "thirteen: the same command with --resume goes on with " + runs
                                + " runs that are paused or failed");
        assertThat(sweep(text, "--show").err().lines().filter(line -> line.contains("is failed")))
                .hasSize(runs);
    }

    @Test
    void numbersOfARunThatIsNotThereAreNotFound() {
        assertThat(Invocation.of(endpoints, "inspect", "gone").code()).isEqualTo(CallFailure.NOT_FOUND);
        assertThat(Invocation.of(endpoints, "inspect", "tiny", "--problems", "0")
                        .code())
                .isEqualTo(CallFailure.INVALID);
    }
}
