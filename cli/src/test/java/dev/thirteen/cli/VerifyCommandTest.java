package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
    @TempDir
    private Path folder;

    private Invocation verify(String... lines) throws IOException {
        Path file = Files.write(folder.resolve("cases.jsonl"), List.of(lines));
        return Invocation.of(folder.resolve("none.json"), "verify", file.toString());
    }

    @Test
    void answersEachLineInOrderAndSumsUp() throws IOException {
        Invocation run = verify(
                "{\"gold\": \"1/2\", \"prediction\": \"0.5\", \"expected\": true}",
                "{\"gold\": \"7\", \"prediction\": \"So \\\\boxed{8}.\", \"expected\": true, \"kind\": \"completion\"}",
                "",
                "{\"gold\": \"7\", \"prediction\": \"\", \"expected\": false}",
                "{\"gold\": \"x\", \"prediction\": \"x\", \"surplus\": 1}");
        assertThat(run.out().lines())
                .containsExactly(
                        "{\"line\":1,\"verdict\":\"CORRECT\",\"agree\":true,\"extracted\":\"0.5\"}",
                        "{\"line\":2,\"verdict\":\"INCORRECT\",\"agree\":false,\"extracted\":\"8\"}",
                        "{\"line\":4,\"verdict\":\"UNPARSABLE\",\"agree\":true,\"extracted\":\"\"}",
                        "{\"line\":5,\"verdict\":\"CORRECT\",\"agree\":null,\"extracted\":\"x\"}",
                        "verify: agree 2 of 3, hung 0, crashed 0");
        assertThat(run.code()).isZero();
    }

    @Test
    void aBadLineIsNamedBeforeAnythingIsCompared() throws IOException {
        Invocation run = verify("{\"gold\": \"1\", \"prediction\": \"1\"}", "{\"gold\": \"1\"}");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).endsWith("cases.jsonl:2: lacks the field 'prediction'\n");
        assertThat(verify("{\"gold\": \"1\", ").err()).contains("cases.jsonl:1: is no JSON object");
        assertThat(verify("{\"gold\": \"1\", \"prediction\": \"1\", \"kind\": \"guess\"}")
                        .err())
                .endsWith("cases.jsonl:1: kind: must be answer or completion, it is \"guess\"\n");
    }

    @Test
    void marksOfEditorsAndLinesWithoutEndAreRead() throws IOException {
        Path file = folder.resolve("marks.jsonl");
        Files.writeString(
                file,
                "\ufeff{\"gold\": \"1\", \"prediction\": \"1\", \"expected\": true}\r\n"
                        + "{\"gold\": 12345678901234567890.5, \"prediction\": \"12345678901234567892\", \"expected\": false}\r\n"
                        + "{\"gold\": 12345678901234567890.5, \"prediction\": 12345678901234567890.5, \"expected\": true}");
        Invocation run = Invocation.of(folder.resolve("none.json"), "verify", file.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).endsWith("verify: agree 3 of 3, hung 0, crashed 0\n");
        assertThat(run.code()).isZero();
    }

    @Test
    void aLineIsOneObjectAndItsPrecisionANumber() throws IOException {
        assertThat(verify("{\"gold\": \"1\", \"prediction\": \"1\"} {\"gold\": \"2\"}")
                        .err())
                .endsWith("cases.jsonl:1: is no JSON object (there is more behind the first value)\n");
        assertThat(verify("{\"gold\": \"1\", \"prediction\": \"1\", \"precision\": \"x\"}")
                        .err())
                .contains("cases.jsonl:1: precision: must be a whole number of digits");
        assertThat(verify("{\"gold\": \"1\", \"prediction\": \"1\", \"allow_set_relation_comp\": \"yes\"}")
                        .err())
                .contains("cases.jsonl:1: allow_set_relation_comp: must be true or false, it is \"yes\"");
        assertThat(verify("{\"gold\": \"1\"").err())
                .endsWith(
                        "cases.jsonl:1: is no JSON object (Unexpected end-of-input: expected close marker for Object)\n");
        assertThat(verify("[1]").err()).endsWith("cases.jsonl:1: is no JSON object\n");
        assertThat(verify("{\"gold\": [1], \"prediction\": \"1\"}").err())
                .endsWith("cases.jsonl:1: gold: must be a text or a number\n");
        assertThat(verify("{\"gold\": \"1\", \"prediction\": \"1\", \"expected\": \"true\"}")
                        .err())
                .endsWith("cases.jsonl:1: expected: must be true or false\n");
        assertThat(verify().out()).isEqualTo("verify: agree 0 of 0, hung 0, crashed 0\n");
    }

    @Test
    void whatFailsForWantOfAProcessorIsTriedAgainAndWhatIsWrongIsNot() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        assertThat(VerifyCommand.tried(3, () -> {
                    if (tries.incrementAndGet() < 3) throw failed(Failure.Kind.OUTSIDE);
                    return "verdict";
                }))
                .isEqualTo("verdict");
        assertThatThrownBy(() -> VerifyCommand.tried(3, () -> {
                    tries.incrementAndGet();
                    throw failed(Failure.Kind.OUTSIDE);
                }))
                .isInstanceOf(ExecutionException.class);
        assertThat(tries).hasValue(6);
        assertThatThrownBy(() -> VerifyCommand.tried(3, () -> {
                    tries.incrementAndGet();
                    throw failed(Failure.Kind.BUG);
                }))
                .isInstanceOf(ExecutionException.class);
        assertThat(tries).hasValue(7);
    }

    private static ExecutionException failed(Failure.Kind kind) {
        return new ExecutionException(new Failure(kind, "no processor"));
    }

    /** The file has no end: who goes on would never stop. */
    @Test
    @Timeout(300)
    void whatNobodyReadsIsNotGoneOnWith() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            try (BufferedWriter endless = Files.newBufferedWriter(pipe)) {
                while (true) endless.write("{\"gold\": \"1/2\", \"prediction\": \"0.5\"}\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        StringWriter err = new StringWriter();
        Output output = new Output(new PrintWriter(new ClosedPipe()), new PrintWriter(err), false);
        assertThat(Thirteen.run(output, Map.of(), "verify", pipe.toString())).isEqualTo(1);
        assertThat(err.toString()).isEmpty();
        assertThatThrownBy(writing::join).hasCauseInstanceOf(UncheckedIOException.class);
    }

    /** Standard output after {@code head} has seen enough. */
    private static final class ClosedPipe extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            throw new IOException("Broken pipe");
        }
    }

    /** In a process whose heap is a third of the file. */
    @Test
    void memoryDoesNotGrowWithTheFile() throws Exception {
        int lines = 24_000;
        Path file = folder.resolve("long.jsonl");
        String line = "{\"gold\": \"1/2\", \"prediction\": \"0.5\", \"expected\": true, \"origin\": \""
                + "x".repeat(4000) + "\"}\n";
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < lines; i++) out.write(line);
        }
        assertThat(Files.size(file)).isGreaterThan(96_000_000);
        assertThat(lastLineOfAProcess(file, "-Xmx32m", "-XX:+UseSerialGC"))
                .isEqualTo("verify: agree %d of %d, hung 0, crashed 0", lines, lines);
    }

    /** Where numbers have digits of their own. */
    @Test
    void programsReadTheSameFiguresInEveryCountry() throws Exception {
        Path file = Files.writeString(folder.resolve("one.jsonl"), "{\"gold\": \"1/2\", \"prediction\": \"0.5\"}\n");
        assertThat(lastLineOfAProcess(file, "-Duser.language=ar", "-Duser.country=EG"))
                .isEqualTo("verify: agree 0 of 0, hung 0, crashed 0");
    }

    private String lastLineOfAProcess(Path file, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(List.of(options));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Thirteen.class.getName(), "verify", file.toString()));
        Path answers = folder.resolve("answers.jsonl");
        Process process = new ProcessBuilder(command)
                .redirectOutput(answers.toFile())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isZero();
        try (var printed = Files.lines(answers)) {
            return printed.reduce((_, last) -> last).orElseThrow();
        }
    }
}
