package dev.thirteen.core.statistics;

/**
 * The mean of what came so far.
 *
 * @param mean 0 before the first value
 */
public record RunningMean(long count, double mean) {
    public static final RunningMean NONE = new RunningMean(0, 0);

    /** With one value more. */
    public RunningMean with(double value) {
        return new RunningMean(count + 1, mean + (value - mean) / (count + 1));
    }
}
