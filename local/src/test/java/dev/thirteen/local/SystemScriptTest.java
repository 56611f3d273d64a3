package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/system}, with scripts in the place of the build and of Java. */
class SystemScriptTest {
    private static final String NOTHING = "demo: numbers 0 bytes 0 steps 0 base NaN adapted NaN n 0 p NaN seconds 0";

    @TempDir
    private Path home;

    @BeforeEach
    void copy() throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Files.copy(Path.of("../bin/system"), home.resolve("bin/system"));
        script("build", "exit 0");
        script("find-jdk", "echo $(dirname $0)/..");
        script("java", "echo table; echo 'demo: numbers 13'; exit 0");
    }

    @Test
    void aDemoThatCouldNotBeBuiltHasItsLastLineAndFails() throws Exception {
        script("build", "echo 'the build failed' >&2; exit 1");
        assertThat(demo()).isEqualTo(new Ended(1, List.of(NOTHING)));
    }

    @Test
    void aDemoWithoutAJdkHasItsLastLineAndFails() throws Exception {
        script("find-jdk", "exit 1");
        assertThat(demo()).isEqualTo(new Ended(1, List.of(NOTHING)));
    }

    @Test
    void aDemoThatSaysItsLastLineItselfHasNoOther() throws Exception {
        assertThat(demo()).isEqualTo(new Ended(0, List.of("table", "demo: numbers 13")));
        script("java", "echo 'demo: numbers 12'; exit " + Demo.FAILED);
        assertThat(demo()).isEqualTo(new Ended(1, List.of("demo: numbers 12")));
    }

    @Test
    void aDemoThatIsKilledHasItsLastLineAndFails() throws Exception {
        script("java", "kill -9 $$");
        assertThat(demo()).isEqualTo(new Ended(1, List.of(NOTHING)));
    }

    @Test
    void aSignalReachesTheDemoAtOnce() throws Exception {
        script("java", "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.05; done");
        Process demo = start();
        assertThat(demo.inputReader().readLine()).isEqualTo("ready");
        demo.toHandle().destroy();
        assertThat(end(demo)).isEqualTo(new Ended(1, List.of("caught")));
    }

    private record Ended(int status, List<String> lines) {}

    private Ended demo() throws Exception {
        return end(start());
    }

    private Process start() throws IOException {
        return new ProcessBuilder("sh", home.resolve("bin/system").toString(), "demo").start();
    }

    private static Ended end(Process demo) throws Exception {
        assertThat(demo.waitFor(Duration.ofSeconds(60).toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
        return new Ended(demo.exitValue(), demo.inputReader().lines().toList());
    }

    private void script(String name, String body) throws IOException {
        Path file = home.resolve("bin").resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
