package dev.thirteen.verifier.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs each program in a fresh process of Python, which first gives up all but computing: {@code sandbox.py} beside this class.
 * The process has an empty environment and an empty folder, cannot make another process, and is killed when its time is over.
 */
public final class PythonSandbox implements Sandbox {
    /** Where systems keep Python; a wrapper that looks for one itself would not work in an empty environment. */
    private static final List<String> USUAL = List.of("/usr/bin/python3", "/usr/local/bin/python3");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CPU_LIMIT_EXCEEDED = 128 + 24;
    private static final int NOT_ISOLATED = 77;
    private static final int MOST_RESULT_BYTES = 4096;
    /** Wall time for each second of processor time: a busy machine is not the program's fault, sleeping is. */
    private static final int WALL_TIMES = 4;

    private final String python;
    private final boolean confined;
    private final Semaphore free;
    private final SecureRandom nonces = new SecureRandom();

    /**
     * A sandbox.
     *
     * @param python path of the interpreter, 3.8 or later
     * @param processes programs at once; further ones wait
     * @param confined whether the process gives up its rights; without that a program may do what this service may
     */
    public PythonSandbox(String python, int processes, boolean confined) {
        this.python = python;
        this.confined = confined;
        this.free = new Semaphore(processes, true);
    }

    /** The interpreter at a path, or where systems keep it. @throws Failure CALLER when there is none */
    public static String interpreter(String path) {
        if (!path.isEmpty()) {
            if (Files.isExecutable(Path.of(path))) return path;
            throw new Failure(Failure.Kind.CALLER, "there is no Python at " + path);
        }
        return USUAL.stream()
                .filter(usual -> Files.isExecutable(Path.of(usual)))
                .findFirst()
                .orElseThrow(
                        () -> new Failure(Failure.Kind.CALLER, "there is no Python at " + String.join(" or ", USUAL)));
    }

    /** What holds a program here, tried out. @throws Failure OUTSIDE when Python does not run */
    public static Isolation isolation(String python) {
        try {
            Process process = start(python, "grade", Path.of("/"));
            process.getOutputStream().close();
            Map<?, ?> holds = JSON.readValue(process.getInputStream(), Map.class);
            boolean seccomp = Boolean.TRUE.equals(holds.get("seccomp"));
            boolean namespaces = Boolean.TRUE.equals(holds.get("namespaces"));
            int landlock = holds.get("landlock") instanceof Integer version ? version : 0;
            return new Isolation(seccomp, landlock, namespaces);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, python + " does not run: " + e.getMessage(), e);
        }
    }

    @Override
    public ProgramEnd run(Program program) {
        try {
            free.acquire();
            try {
                return runNow(program);
            } finally {
                free.release();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while a program ran");
        }
    }

    private ProgramEnd runNow(Program program) throws InterruptedException {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("thirteen-program-");
            return runIn(folder, program);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "no program can be run: " + e.getMessage(), e);
        } finally {
            delete(folder);
        }
    }

    private ProgramEnd runIn(Path folder, Program program) throws IOException, InterruptedException {
        String nonce = nonce();
        long seconds = Math.max(1, program.limit().plusMillis(999).toSeconds());
        byte[] task = JSON.writeValueAsBytes(Map.of(
                "source",
                program.source(),
                "tests",
                program.tests(),
                "nonce",
                nonce,
                "cpu_seconds",
                seconds,
                "memory_bytes",
                program.memoryMebibytes() * 1024L * 1024L));
        Process process = start(python, confined ? "confined" : "unconfined", folder);
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(task);
            }
            Duration wall = Duration.ofSeconds(seconds * WALL_TIMES);
            if (process.waitFor(wall)) return end(process, nonce);
            if (starved(schedule(process), wall)) {
                throw new Failure(
                        Failure.Kind.OUTSIDE, "a program got no processor for " + wall + ": the machine is overloaded");
            }
            return new ProgramEnd.TimedOut();
        } finally {
            process.destroyForcibly();
            process.waitFor(Duration.ofSeconds(10));
        }
    }

    /** What Linux says of a process: nanoseconds that it ran, nanoseconds that it waited for a processor, times that it ran. */
    private static String schedule(Process process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "schedstat"));
        } catch (IOException _) {
            return "";
        }
    }

    /** Whether a process waited for a processor most of the time: then it is not its own fault that it has not ended. */
    static boolean starved(String schedule, Duration wall) {
        String[] numbers = schedule.strip().split(" ");
        return numbers.length == 3 && Long.parseLong(numbers[1]) > wall.toNanos() / 2;
    }

    private static ProgramEnd end(Process process, String nonce) throws IOException {
        int code = process.exitValue();
        if (code == CPU_LIMIT_EXCEEDED) return new ProgramEnd.TimedOut();
        if (code == NOT_ISOLATED) throw new Failure(Failure.Kind.OUTSIDE, "the process could not give up its rights");
        try (InputStream out = process.getInputStream()) {
            String result = new String(out.readNBytes(MOST_RESULT_BYTES), StandardCharsets.UTF_8);
            if (code == 0 && result.equals(nonce)) return new ProgramEnd.Passed();
            if (code > 128) return new ProgramEnd.Failed("signal " + (code - 128));
            return new ProgramEnd.Failed(
                    result.startsWith("F ") ? result.substring(2, Math.min(result.length(), 102)) : "ended early");
        }
    }

    private static Process start(String python, String mode, Path folder) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(python, "-I", "-S", "-B", "-c", Script.TEXT, mode)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        return builder.start();
    }

    private String nonce() {
        byte[] bytes = new byte[16];
        nonces.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void delete(@Nullable Path folder) {
        if (folder == null) return;
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // Nothing could be written into it; a folder that stays is empty.
            System.getLogger(PythonSandbox.class.getName())
                    .log(System.Logger.Level.WARNING, "an empty folder stays: " + folder, e);
        }
    }

    /** Read once. */
    private static final class Script {
        private static final String TEXT = read();

        private static String read() {
            try (InputStream in = PythonSandbox.class.getResourceAsStream("sandbox.py")) {
                if (in == null) throw new IllegalStateException("sandbox.py is not beside " + PythonSandbox.class);
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalStateException("sandbox.py cannot be read", e);
            }
        }
    }
}
