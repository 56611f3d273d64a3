package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
    @TempDir
    private Path folder;

    @Test
    void theFirstErrorTellsMoreThanTheCausesBelowIt() {
        List<String> lines = List.of(
                "12:00:01 WARN  [org.apa.kaf] (main) Exception: retrying",
                "12:00:02 ERROR [dev.thi.kit] (main) no broker answers at 127.0.0.1:1",
                "java.lang.IllegalStateException: start-up failed",
                "\tat dev.thirteen.kit.KafkaClients.open(KafkaClients.java:1)",
                "Caused by: java.util.concurrent.TimeoutException: Timed out (ERROR 7)",
                "12:00:03 ERROR [dev.thi.kit] (main) a consequence");
        assertThat(new LogTail(lines).complaint())
                .hasValue("12:00:02 ERROR [dev.thi.kit] (main) no broker answers at 127.0.0.1:1");
    }

    @Test
    void whatIsFatalTellsMoreThanAnEarlierError() {
        LogTail tail = new LogTail(List.of("ERROR a request failed", "FATAL the broker has no share groups"));
        assertThat(tail.complaint()).hasValue("FATAL the broker has no share groups");
    }

    @Test
    void anExceptionWithoutALevelIsAComplaintToo() {
        LogTail tail = new LogTail(List.of("Error: Unable to access jarfile x.jar", "bye"));
        assertThat(tail.complaint()).hasValue("Error: Unable to access jarfile x.jar");
        assertThat(new LogTail(List.of("all is well")).complaint()).isEmpty();
    }

    @Test
    void linesOfAnEarlierProcessAreNoneOfThisOne() throws IOException {
        Path log = folder.resolve("service.log");
        Files.writeString(log, "ERROR yesterday\n");
        long start = Files.size(log);
        assertThat(LogTail.read(log, start).complaint()).isEmpty();
        Files.writeString(log, "ERROR yesterday\nERROR today\n");
        assertThat(LogTail.read(log, start).complaint()).hasValue("ERROR today");
        assertThat(LogTail.read(folder.resolve("absent.log"), 0).lines()).isEmpty();
    }

    @Test
    void ofALongLogOnlyWholeLinesAreRead() throws IOException {
        Path log = folder.resolve("long.log");
        Files.writeString(log, "ERROR a long one ".repeat(10_000) + "\nERROR whole\n");
        assertThat(LogTail.read(log, 0).complaint()).hasValue("ERROR whole");
    }
}
