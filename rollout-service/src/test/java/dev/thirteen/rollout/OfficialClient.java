package dev.thirteen.rollout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A Python that has the package openai: the one that THIRTEEN_PYTHON names, the one on the path, or one of an environment that
 * is made under target, where pip has an index to install from.
 */
record OfficialClient(String python, String problem) {
    private static final String NAMED = Objects.requireNonNullElse(System.getenv("THIRTEEN_PYTHON"), "python3");
    private static final Path ENVIRONMENT = Path.of("target/openai-client");
    /** Not imported, which takes seconds. */
    private static final String FIND = "import importlib.util as i; i.find_spec('openai') or exit(1)";

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** What a process said and how it ended. */
    record Ended(int status, String output) {}

    static OfficialClient find() {
        String own = ENVIRONMENT.resolve("bin/python").toString();
        for (String python : List.of(NAMED, own)) if (hasPackage(python)) return new OfficialClient(python, "");
        Ended made = run(NAMED, "-m", "venv", ENVIRONMENT.toString());
        if (made.status() == 0) {
            made = run(own, "-m", "pip", "install", "--quiet", "--retries", "0", "--timeout", "5", "openai");
        }
        if (made.status() == 0 && hasPackage(own)) return new OfficialClient(own, "");
        String said = made.output().strip();
        return new OfficialClient(
                "",
                NAMED + " has no package openai, and it cannot be installed: "
                        + said.substring(said.lastIndexOf('\n') + 1));
    }

    boolean isThere() {
        return problem.isEmpty();
    }

    Ended run(Path script, String... arguments) {
        String[] command = new String[2 + arguments.length];
        command[0] = python;
        command[1] = script.toString();
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        return run(command);
    }

    private static boolean hasPackage(String python) {
        return run(python, "-c", FIND).status() == 0;
    }

    private static Ended run(String... command) {
        try {
            // A file: a reader of the pipe would wait for what a killed process leaves behind.
            Path output = Files.createTempFile(Path.of("target"), "openai", ".log");
            try {
                return into(output, command);
            } finally {
                Files.delete(output);
            }
        } catch (IOException notThere) {
            return new Ended(127, String.valueOf(notThere.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended(130, "interrupted");
        }
    }

    private static Ended into(Path output, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        return new Ended(124, "it took over " + PATIENCE.toSeconds() + " s");
    }
}
