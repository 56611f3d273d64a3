package dev.thirteen.core.batch;

/**
 * How much waits at once.
 *
 * @param maxRequests requests that wait
 * @param maxTokens tokens that the waiting requests will hold
 */
public record QueueLimits(int maxRequests, long maxTokens) {
    public QueueLimits {
        if (maxRequests < 0 || maxTokens < 0) {
            throw new IllegalArgumentException("requests %d, tokens %d".formatted(maxRequests, maxTokens));
        }
    }
}
