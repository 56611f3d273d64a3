package dev.thirteen.system;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting with a deadline for what another process does. */
final class Poll {
    private static final long PAUSE_MILLIS = 50;

    private Poll() {}

    /**
     * Asks until the answer is yes.
     *
     * @param state what is told of when time runs out
     */
    static void until(String what, Duration limit, BooleanSupplier condition, Supplier<String> state) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no %s within %d s: %s".formatted(what, limit.toSeconds(), state.get()));
            }
            pause(PAUSE_MILLIS);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
