package dev.thirteen.core.batch;

/**
 * How much runs at once.
 *
 * @param maxRows rows (samples) that run at once
 * @param maxTokens tokens that the key-value cache holds: its rows, each as long as the longest
 * @param promptTokens prompt tokens that are computed between two decode steps
 * @param sharedTokens shortest beginning that a prompt takes from another one; 0 where none is taken
 * @param alone one group at a time, which has room to its end before it starts
 */
public record BatchLimits(int maxRows, long maxTokens, int promptTokens, int sharedTokens, boolean alone) {
    public BatchLimits {
        if (maxRows < 1 || maxTokens < 1 || promptTokens < 1 || sharedTokens < 0) {
            throw new IllegalArgumentException("rows %d, tokens %d, prompt tokens %d, shared tokens %d"
                    .formatted(maxRows, maxTokens, promptTokens, sharedTokens));
        }
    }

    /** Whether prompts take their beginnings from others. */
    public boolean shares() {
        return sharedTokens > 0 && !alone;
    }
}
