package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import io.quarkus.runtime.Quarkus;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/** The end of a process that cannot go on: one sentence in the log, exit code 1. What runs it starts it again. */
public final class ProcessEnd {
    private static final Logger LOG = Logger.getLogger(ProcessEnd.class);

    private ProcessEnd() {}

    /** Says why, with the trace where the cause is a bug, and ends the process; returns at once. */
    public static void because(String what, Throwable cause) {
        switch (cause) {
            case Failure failure
            when failure.kind() != Failure.Kind.BUG -> LOG.fatalf("%s: %s", what, failure.getMessage());
            case KafkaException kafka -> LOG.fatalf("%s: %s", what, kafka.getMessage());
            // Out of memory, a native library that cannot be loaded: the state of this machine, not a line of ours.
            case Error error -> {
                LOG.fatalf("%s: %s", what, error);
                LOG.debug(what, error);
            }
            default -> LOG.fatal(what, cause);
        }
        Quarkus.asyncExit(1);
    }
}
