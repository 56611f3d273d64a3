package dev.thirteen.core.reward;

import dev.thirteen.core.sampling.CounterRandom;

/**
 * Where terms draw from: a pure function of seed, completion and term, so that a completion that is judged again gets the same.
 *
 * @param firstStream stream of the first completion, at least 0; completion i has that plus i
 */
public record Draws(long seed, long firstStream) {
    // Streams below 0 never belong to samples; data order has -1 and -2.
    private static final long REWARD_STREAM = -3;

    /** Whether an event of this probability happens for a completion, at a term. */
    public boolean happens(int completion, int term, double probability) {
        long key = CounterRandom.bits(seed, REWARD_STREAM, 0);
        return CounterRandom.uniformDouble(key, firstStream + completion, term) < probability;
    }
}
