package dev.thirteen.core.batch;

import java.util.OptionalLong;

/**
 * What of a memory is left for the keys and values of one more decoder.
 *
 * @param freeBytes what nothing else takes; below 0 where others take too much already
 * @param tokenBytes keys and values of one token
 * @param leastTokens the least budget that the longest sequence fits into
 */
public record CacheRoom(long freeBytes, long tokenBytes, long leastTokens) {
    public CacheRoom {
        if (tokenBytes < 1 || leastTokens < 1) {
            throw new IllegalArgumentException("bytes %d, tokens %d".formatted(tokenBytes, leastTokens));
        }
    }

    /** The largest budget that fits, in tokens. */
    public long mostTokens() {
        return Math.max(0, freeBytes) / tokenBytes;
    }

    /** Whether a budget of so many tokens fits. */
    public boolean fits(long tokens) {
        return tokens <= mostTokens();
    }

    /**
     * The budget of who asks for none: the usual one, but no more than half of what is left, since another model or
     * deterministic work may come, and never less than the longest sequence takes; empty where not even that fits.
     */
    public OptionalLong budget(long usualTokens) {
        if (!fits(leastTokens)) return OptionalLong.empty();
        return OptionalLong.of(Math.max(leastTokens, Math.min(usualTokens, mostTokens() / 2)));
    }

    /** The least budget of a cache of two tensors a layer that holds a sequence: changes of shape take one tensor more. */
    public static long leastTokens(long longestSequence, int layers) {
        long tensors = 2L * layers;
        return Math.ceilDiv(Math.multiplyExact(longestSequence, tensors + 1), tensors);
    }
}
