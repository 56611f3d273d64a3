package dev.thirteen.core.sampling;

/**
 * Which stream of {@link CounterRandom} a sample draws from. A stream is packed from its coordinates, so no two samples of
 * a run share one: 24 bits of step, 16 of group, 7 of attempt, 16 of sample. Streams are never negative; negative ones
 * are free for other uses of the same seed.
 */
public final class SampleStreams {
    private static final int GROUP_BITS = 16;
    private static final int ATTEMPT_BITS = 7;
    private static final int SAMPLE_BITS = 16;

    /** Steps that a run may have. */
    public static final long MAX_STEPS = 1L << 24;
    /** Groups that a step may have. */
    public static final int MAX_GROUPS = 1 << GROUP_BITS;
    /** Attempts that a group may have. */
    public static final int MAX_ATTEMPTS = 1 << ATTEMPT_BITS;
    /** Samples that a group may have. */
    public static final int MAX_SAMPLES = 1 << SAMPLE_BITS;

    private SampleStreams() {}

    /**
     * Stream of the group's first sample; sample i draws from the result + i. Does not depend on samplesPerGroup, which is
     * checked only, so that a sample stays the same when a group grows.
     *
     * @throws IllegalArgumentException for a coordinate out of range
     */
    public static long firstStream(long step, int group, int attempt, int samplesPerGroup) {
        require("step", step, MAX_STEPS);
        require("group", group, MAX_GROUPS);
        require("attempt", attempt, MAX_ATTEMPTS);
        require("samples per group", samplesPerGroup - 1L, MAX_SAMPLES);
        return ((step << GROUP_BITS | group) << ATTEMPT_BITS | attempt) << SAMPLE_BITS;
    }

    private static void require(String name, long value, long bound) {
        if (value < 0 || value >= bound) {
            throw new IllegalArgumentException(name + " is out of range: " + value);
        }
    }
}
