package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the topics are read and the loop turns, for those who ask or wait. Shared by threads. */
final class Readiness {
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile boolean stopping;

    /** The topics are read. */
    void begin() {
        ready = true;
        decided.countDown();
    }

    /** The service goes down: nobody waits any more. */
    void stop() {
        stopping = true;
        decided.countDown();
    }

    /** The loop has ended, whyever. */
    void end() {
        ready = false;
        decided.countDown();
    }

    boolean ready() {
        return ready;
    }

    boolean stopping() {
        return stopping;
    }

    /** @throws Failure OUTSIDE before the topics are read and while the service goes down */
    void require() {
        if (ready && !stopping) return;
        String why = stopping ? "the trainer is stopping" : "the trainer is still reading its topics";
        throw new Failure(Failure.Kind.OUTSIDE, why);
    }

    /** Waits while the topics are being read. @throws Failure OUTSIDE when that takes longer, and while the service goes down */
    void await(Duration longest) {
        try {
            // Only that it is over matters: require says how it ended.
            boolean _ = decided.await(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        require();
    }
}
