package dev.thirteen.core.data;

import dev.thirteen.core.sampling.CounterRandom;
import dev.thirteen.core.sampling.SampleStreams;

/** The order in which a run meets its problems: a pure function of the run's seed, so that a restart need not remember it. */
public final class DataOrder {
    // Streams below 0 never belong to samples, so prompts and samples are independent under one seed.
    private static final long ORDER_STREAM = -1;
    private static final long REFILL_STREAM = -2;

    private DataOrder() {}

    /**
     * Index of the problem at a position: epoch after epoch (position / size), each a permutation of its own.
     *
     * @param size number of problems
     */
    public static int indexAt(long seed, int size, long position) {
        if (size < 1 || position < 0) {
            throw new IllegalArgumentException("size %d, position %d".formatted(size, position));
        }
        long key = CounterRandom.bits(seed, ORDER_STREAM, 0);
        return new Permutation(key, position / size, size).at((int) (position % size));
    }

    /** Index of the problem that a group is given when it is asked for again; attempts count from 1. */
    public static int refillIndex(long seed, int size, long step, int group, int attempt) {
        if (size < 1 || attempt < 1) {
            throw new IllegalArgumentException("size %d, attempt %d".formatted(size, attempt));
        }
        long key = CounterRandom.bits(seed, REFILL_STREAM, 0);
        long bits = CounterRandom.bits(key, SampleStreams.firstStream(step, group, 0, 1), attempt);
        return (int) Math.unsignedMultiplyHigh(bits, size);
    }
}
