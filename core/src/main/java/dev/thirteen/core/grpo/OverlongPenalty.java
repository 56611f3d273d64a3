package dev.thirteen.core.grpo;

/**
 * What a long sample loses of its reward (DAPO, arXiv 2503.14476, equation 13): nothing up to max − buffer tokens, then more
 * in proportion, all of {@code penalty} at max tokens.
 *
 * @param maxTokens largest number of tokens of a sample
 * @param buffer tokens over which the loss grows, 1 to maxTokens
 * @param penalty what a sample of maxTokens loses
 */
public record OverlongPenalty(int maxTokens, int buffer, double penalty) {
    public OverlongPenalty {
        if (buffer < 1 || buffer > maxTokens || !(penalty >= 0 && Double.isFinite(penalty))) {
            throw new IllegalArgumentException(
                    "overlong buffer %d of %d tokens, penalty %s".formatted(buffer, maxTokens, penalty));
        }
    }

    /** What a sample of so many tokens loses. */
    public double of(int tokens) {
        int into = tokens - (maxTokens - buffer);
        return into <= 0 ? 0 : penalty * into / buffer;
    }
}
