package dev.thirteen.cli.report;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** Runs programs of examples/gsm8k; where there is no Python the test is left out. */
final class PythonExample {
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("THIRTEEN_PYTHON"), "python3");
    private static final File EXAMPLE =
            Path.of(System.getProperty("thirteen.home", ".."), "examples/gsm8k").toFile();

    /** What it wrote, errors among it. */
    record Ran(int status, String output) {}

    private PythonExample() {}

    static Ran run(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder python = new ProcessBuilder(Stream.concat(Stream.of(PYTHON, "-B"), Stream.of(arguments))
                        .toList())
                .directory(EXAMPLE)
                .redirectErrorStream(true);
        Process process;
        try {
            process = python.start();
        } catch (IOException e) {
            assumeTrue(false, "there is no " + PYTHON);
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), output);
    }
}
