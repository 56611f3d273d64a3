package dev.thirteen.core.optim;

/**
 * State of {@link AdamW}. Arrays are copied on the way in; accessors give the arrays themselves, which nobody may change.
 *
 * @param master fp32 master of the trained values
 * @param first first moment
 * @param second second moment
 * @param step updates so far
 */
public record AdamState(float[] master, float[] first, float[] second, long step) {
    public AdamState {
        if (first.length != master.length || second.length != master.length) {
            throw new IllegalArgumentException(
                    "%d values with moments of %d and %d".formatted(master.length, first.length, second.length));
        }
        if (step < 0) throw new IllegalArgumentException("step must not be negative: " + step);
        master = master.clone();
        first = first.clone();
        second = second.clone();
    }

    /** Before the first update. */
    public static AdamState initial(float[] master) {
        return new AdamState(master, new float[master.length], new float[master.length], 0);
    }
}
