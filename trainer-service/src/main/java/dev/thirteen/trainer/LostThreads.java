package dev.thirteen.trainer;

import java.util.function.IntConsumer;
import org.apache.kafka.common.utils.KafkaThread;
import org.jboss.logging.Logger;

/**
 * Ends the process with a thread that ends for want of memory. A run that finds none fails alone ({@link Background}); but
 * whoever waits for Kafka's sender, or for the thread that tells of health, would wait for ever, in a process that calls
 * itself ready.
 */
final class LostThreads {
    private static final Logger LOG = Logger.getLogger(LostThreads.class);

    /** Exit status of a JVM with ExitOnOutOfMemoryError. */
    static final int OUT_OF_MEMORY = 3;

    private final IntConsumer end;

    /** @param end ends the process at once, with a status */
    LostThreads(IntConsumer end) {
        this.end = end;
    }

    /** Sees to all threads that no other handler sees to. */
    void watchAll() {
        Thread.setDefaultUncaughtExceptionHandler(this::ended);
    }

    /** Sees to the threads of the Kafka clients that there are: by themselves they log an error, and their client waits. */
    void watchKafka() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread instanceof KafkaThread) thread.setUncaughtExceptionHandler(this::ended);
        }
    }

    private void ended(Thread thread, Throwable cause) {
        try {
            LOG.fatalf(cause, "thread %s ended", thread.getName());
        } finally {
            if (cause instanceof OutOfMemoryError) end.accept(OUT_OF_MEMORY);
        }
    }
}
