package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One Java process that this one started, with its log file. */
final class ChildProcess {
    /** Whether a child outlives the process that started it. */
    enum Life {
        /** Dies with its parent, even when the parent is killed with SIGKILL. */
        TETHERED,
        /** Stays, in a session of its own, out of reach of the terminal's Ctrl-C. */
        DETACHED
    }

    private static final int TAIL_BYTES = 64 * 1024;

    private final String name;
    private final Path log;
    private final Process process;

    private ChildProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /**
     * Starts a Java program.
     *
     * @param arguments all that follows {@code java} on the command line
     * @param log file that standard output and standard error are appended to
     */
    static ChildProcess java(String name, List<String> arguments, Path log, Life life) {
        List<String> command = new ArrayList<>();
        if (life == Life.DETACHED && Files.isExecutable(SETSID)) command.add(SETSID.toString());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            if (life == Life.TETHERED) tether(process);
            return new ChildProcess(name, log, process);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be started: %s".formatted(name, e.getMessage()), e);
        }
    }

    /** Runs without forking when its caller leads no process group, as a child never does: the pid stays. */
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    /**
     * A shell waits for the end of a pipe that only this process holds; however this process ends, the kernel closes
     * the pipe, and the shell kills the child. A shutdown hook alone would not survive SIGKILL.
     */
    private static void tether(Process child) throws IOException {
        Process shell = new ProcessBuilder("sh", "-c", "trap '' INT; cat >/dev/null; kill -9 $0", "" + child.pid())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        // Without its child a tether would one day kill a stranger with the same pid.
        child.onExit().thenRun(shell::destroyForcibly);
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    Path log() {
        return log;
    }

    /** SIGKILL: no chance to clean up. Returns when the process is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(30));
    }

    /** SIGTERM, and SIGKILL when that is not heard in time. Returns when the process is gone. */
    void stop(Duration grace) {
        process.destroy();
        if (!awaitEnd(grace)) kill();
    }

    private boolean awaitEnd(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return false;
        }
    }

    /** A failure that quotes the last complaint of the child's log. */
    Failure failure(String problem) {
        return new Failure(Failure.Kind.OUTSIDE, "%s %s%s (log: %s)".formatted(name, problem, lastComplaint(), log));
    }

    private String lastComplaint() {
        try {
            byte[] bytes = Files.readAllBytes(log);
            int from = Math.max(0, bytes.length - TAIL_BYTES);
            String tail = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
            return tail.lines()
                    .filter(line -> line.matches(".*(ERROR|SEVERE|FATAL|Exception:|Error:).*"))
                    .reduce((first, second) -> second)
                    .map(line -> ": " + line.strip())
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
