package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One Java process that this one started, with its log file. */
final class ChildProcess {
    /** Whether a child outlives the process that started it. */
    enum Life {
        /** Dies with its parent, even when the parent is killed with SIGKILL. */
        TETHERED,
        /** Stays. */
        DETACHED
    }

    /** Exit statuses above this one mean that a signal ended the process. */
    private static final int SIGNALLED = 128;

    private final String name;
    private final Path log;
    private final long logStart;
    private final Process process;

    private ChildProcess(String name, Path log, long logStart, Process process) {
        this.name = name;
        this.log = log;
        this.logStart = logStart;
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
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            long logStart = Files.exists(log) ? Files.size(log) : 0;
            Process process = new ProcessBuilder(inSessionOfItsOwn(command))
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            if (life == Life.TETHERED) tether(process);
            return new ChildProcess(name, log, logStart, process);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be started: %s".formatted(name, e.getMessage()), e);
        }
    }

    /**
     * Out of reach of the terminal's Ctrl-C, which goes to a whole process group: it is for the parent to end its
     * children, or to leave them.
     */
    private static List<String> inSessionOfItsOwn(List<String> command) {
        if (!Files.isExecutable(SETSID)) return command;
        List<String> whole = new ArrayList<>();
        whole.add(SETSID.toString());
        whole.addAll(command);
        return whole;
    }

    /** Runs without forking when its caller leads no process group, as a child never does: the pid stays. */
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    /**
     * A shell waits for the end of a pipe that only this process holds; however this process ends, the kernel closes
     * the pipe, and the shell kills the child. A shutdown hook alone would not survive SIGKILL.
     */
    private static void tether(Process child) throws IOException {
        List<String> command =
                List.of("sh", "-c", "trap '' INT; cat >/dev/null; kill -9 $0", Long.toString(child.pid()));
        Process shell = new ProcessBuilder(inSessionOfItsOwn(command))
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

    /** Completes with the exit status when the process ends. */
    CompletableFuture<Integer> end() {
        return process.onExit().thenApply(Process::exitValue);
    }

    /** A failure that says why the child ended, as far as its log or its exit status tell. */
    Failure failure(String problem) {
        String reason = complaint().orElseGet(this::status);
        return new Failure(
                Failure.Kind.OUTSIDE,
                "%s %s%s; its log is %s".formatted(name, problem, reason.isEmpty() ? "" : ": " + reason, log));
    }

    /** A failure of a child that ended when nobody asked it to. */
    Failure ended() {
        String status = status();
        // Who was killed had no chance to complain; an older complaint is none about that.
        String reason = status.startsWith("signal")
                ? status
                : complaint().map(said -> status + ", " + said).orElse(status);
        return new Failure(Failure.Kind.OUTSIDE, "%s ended: %s; its log is %s".formatted(name, reason, log));
    }

    private String status() {
        if (process.isAlive()) return "";
        int status = process.exitValue();
        // A JVM that ends in good order on SIGTERM says 143 too.
        return status > SIGNALLED ? "signal " + (status - SIGNALLED) : "exit status " + status;
    }

    private Optional<String> complaint() {
        return LogTail.read(log, logStart).complaint();
    }
}
