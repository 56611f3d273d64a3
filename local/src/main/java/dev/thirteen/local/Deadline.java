package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for something outside this process. */
final class Deadline {
    private static final long POLL_MILLIS = 50;

    private Deadline() {}

    /** Asks again and again until the answer is yes; returns false when the time is over. */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) return false;
            pause();
        }
        return true;
    }

    /** The time between two questions. */
    static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while waiting", e);
        }
    }
}
