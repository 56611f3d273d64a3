package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/paper}, with scripts in the place of the system and of the command line. */
class PaperScriptTest {
    @TempDir
    private Path home;

    @BeforeEach
    void copy() throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectories(home.resolve("docs/paper/full"));
        Files.createDirectories(home.resolve(".thirteen"));
        Files.writeString(home.resolve(".thirteen/endpoints.json"), "{}");
        Files.copy(Path.of("../bin/paper"), home.resolve("bin/paper"));
        script("system", "exit 0");
        script("thirteen", "echo \"$@\" >\"$(dirname \"$0\")/asked\"; exit 0");
    }

    @Test
    void checkAndResumeAreNoFiles() throws Exception {
        assertThat(paper("--check", "--resume", "full.yaml").status()).isZero();
        assertThat(asked()).isEqualTo("sweep -f full.yaml --check\n");

        assertThat(paper("--resume", "full.yaml").status()).isZero();
        assertThat(asked()).startsWith("sweep -f full.yaml --resume --report ");
    }

    @Test
    void whoIsNotDoneIsToldWhichCommandGoesOn() throws Exception {
        script("thirteen", "exit 1");
        assertThat(paper("full.yaml").err())
                .contains(
                        "the same command goes on, with --resume (make paper RESUME=1) with what is paused or failed");
        assertThat(paper("--resume", "full.yaml").err()).endsWith("see above; the same command goes on\n");
    }

    private record Ended(int status, String err) {}

    private Ended paper(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("sh", home.resolve("bin/paper").toString()));
        command.addAll(List.of(arguments));
        Process paper = new ProcessBuilder(command).start();
        assertThat(paper.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(paper.exitValue(), new String(paper.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    private String asked() throws IOException {
        return Files.readString(home.resolve("bin/asked"));
    }

    private void script(String name, String body) throws IOException {
        Path file = home.resolve("bin").resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
