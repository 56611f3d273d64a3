package dev.thirteen.core.batch;

/**
 * How much runs and waits at once.
 *
 * @param maxRows rows (samples) that run at once
 * @param maxTokens tokens that the key-value cache holds; each row takes as many as the longest
 * @param maxQueuedRequests requests that wait
 * @param maxQueuedTokens tokens that the waiting requests will hold
 */
public record BatchLimits(int maxRows, long maxTokens, int maxQueuedRequests, long maxQueuedTokens) {
    public BatchLimits {
        if (maxRows < 1 || maxTokens < 1) {
            throw new IllegalArgumentException("rows %d, tokens %d".formatted(maxRows, maxTokens));
        }
        if (maxQueuedRequests < 0 || maxQueuedTokens < 0) {
            throw new IllegalArgumentException(
                    "queued requests %d, queued tokens %d".formatted(maxQueuedRequests, maxQueuedTokens));
        }
    }
}
