package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckGoldenCommandTest {
    @TempDir
    private Path folder;

    private Invocation check() {
        return Invocation.of(folder.resolve("none.json"), "check-golden", folder.toString());
    }

    @Test
    void nothingAtAllIsNoSuccess() {
        Invocation run = check();
        assertThat(run.out()).isEqualTo("golden: 0 passed, 0 failed\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void partsWithNothingInThemAreNoSuccess() throws IOException {
        Files.createDirectories(folder.resolve("models"));
        Invocation run = check();
        assertThat(run.out()).isEqualTo("golden: 0 passed, 0 failed\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void whatIsOfNoKnownKindAndWhatExpectsNothingFail() throws IOException {
        Files.createDirectories(folder.resolve("adapters/silent"));
        Files.writeString(folder.resolve("notes.txt"), "");
        Invocation run = check();
        assertThat(run.out().lines())
                .containsExactly(
                        "FAIL  adapters/silent  expected.json is missing",
                        "FAIL  notes.txt  is of no known kind",
                        "golden: 0 passed, 2 failed");
        assertThat(run.code()).isEqualTo(1);
    }
}
