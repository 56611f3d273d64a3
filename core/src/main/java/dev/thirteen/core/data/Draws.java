package dev.thirteen.core.data;

import dev.thirteen.core.sampling.CounterRandom;

/** Random choices one after the other from one stream of {@link CounterRandom}. Not shared by threads. */
final class Draws {
    private final long seed;
    private final long stream;
    private long position;

    Draws(long seed, long stream) {
        this.seed = seed;
        this.stream = stream;
    }

    /** Uniform in [0, bound). */
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(CounterRandom.bits(seed, stream, position++), bound);
    }

    /** True with this probability. */
    boolean chance(double probability) {
        return CounterRandom.uniformDouble(seed, stream, position++) < probability;
    }
}
