package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
    @TempDir
    private Path folder;

    /** Starts a child and then waits for ever, to be killed. */
    static final class Parent {
        public static void main(String[] arguments) throws Exception {
            ChildProcess child = ChildProcess.java(
                    "sleeper",
                    List.of("-cp", System.getProperty("java.class.path"), Sleeper.class.getName()),
                    Path.of(arguments[0]),
                    ChildProcess.Life.valueOf(arguments[1]));
            System.out.println(child.pid());
            new CountDownLatch(1).await();
        }
    }

    /** Waits for ever. */
    static final class Sleeper {
        public static void main(String[] arguments) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    @Test
    void aTetheredChildDiesWithAParentThatIsKilled() throws Exception {
        ProcessHandle child = childOfAKilledParent(ChildProcess.Life.TETHERED);
        assertThat(Deadline.await(Duration.ofSeconds(60), () -> !child.isAlive()))
                .isTrue();
    }

    @Test
    void aDetachedChildOutlivesItsParent() throws Exception {
        ProcessHandle child = childOfAKilledParent(ChildProcess.Life.DETACHED);
        try {
            assertThat(Deadline.await(Duration.ofSeconds(1), () -> !child.isAlive()))
                    .isFalse();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void aFailureSaysWhyTheChildEndedAndWhereItsLogIs() {
        Path log = folder.resolve("child.log");
        ChildProcess child = ChildProcess.java("sleeper", List.of("-jar", "no.jar"), log, ChildProcess.Life.TETHERED);
        assertThat(child.end().join()).isEqualTo(1);
        assertThat(child.ended())
                .hasMessage("sleeper ended: exit status 1, Error: Unable to access jarfile no.jar; its log is " + log);
        assertThat(child.failure("ended while starting"))
                .hasMessage("sleeper ended while starting: Error: Unable to access jarfile no.jar; its log is " + log);
    }

    @Test
    void aKilledChildIsKnownByTheSignal() {
        Path log = folder.resolve("child.log");
        ChildProcess child = ChildProcess.java(
                "sleeper",
                List.of("-cp", System.getProperty("java.class.path"), Sleeper.class.getName()),
                log,
                ChildProcess.Life.TETHERED);
        child.kill();
        assertThat(child.end().join()).isEqualTo(137);
        assertThat(child.ended()).hasMessage("sleeper ended: signal 9; its log is " + log);
    }

    private ProcessHandle childOfAKilledParent(ChildProcess.Life life) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process parent = new ProcessBuilder(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        folder.resolve("child.log").toString(),
                        life.name())
                .start();
        ProcessHandle child = ProcessHandle.of(
                        Long.parseLong(parent.inputReader().readLine()))
                .orElseThrow();
        assertThat(child.isAlive()).isTrue();
        parent.destroyForcibly();
        return child;
    }
}
