package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** A part of the system that runs as a process of its own, and can be killed and started again. */
public sealed interface LocalProcess extends AutoCloseable permits BrokerProcess, ServiceProcess {
    /** Name as in log files and messages. */
    String name();

    /** Process id of the part as it runs now. */
    long pid();

    /** Log file; a restart appends. */
    Path log();

    /**
     * Waits until the part answers.
     *
     * @throws Failure OUTSIDE when it ends instead, or takes too long
     */
    void awaitReady();

    /** Completes when the process ends, however it ends, with a failure that says why. */
    CompletableFuture<Failure> end();

    /** Kills the process with SIGKILL and returns when it is gone. */
    void kill();

    /** Stops the process in good order and returns when it is gone. */
    void stop();

    /** Starts the process again on the same ports, and returns when it answers. */
    void restart();

    @Override
    void close();
}
