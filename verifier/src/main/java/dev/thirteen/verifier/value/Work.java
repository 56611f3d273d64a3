package dev.thirteen.verifier.value;

import java.time.Duration;

/**
 * What a comparison may still do. It counts steps of work, not time, so that a verdict does not depend on how busy the machine
 * is; a step takes half a microsecond of a core at most.
 */
public final class Work {
    private static final long NANOS_A_STEP = 500;

    private long steps;

    private Work(long steps) {
        this.steps = steps;
    }

    /** As much work as a core does in a time. */
    public static Work of(Duration limit) {
        return new Work(Math.max(1, limit.toNanos() / NANOS_A_STEP));
    }

    /**
     * Takes steps from what is left.
     *
     * @throws Exhausted when nothing is left
     */
    public void spend(long count) {
        steps -= count;
        if (steps < 0) throw new Exhausted();
    }

    /** All of the work was done and the comparison is not decided. */
    public static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Exhausted() {
            super("the comparison takes too much work", null, false, false);
        }
    }
}
