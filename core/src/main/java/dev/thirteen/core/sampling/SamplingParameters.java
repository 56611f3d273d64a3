package dev.thirteen.core.sampling;

/**
 * How tokens are drawn.
 *
 * @param temperature divisor of the logits; 0 means greedy
 * @param topP smallest set of tokens whose probability reaches topP is kept; 1 means off
 * @param topK number of most likely tokens kept; 0 means off
 * @param maxTokens largest number of new tokens
 * @param seed seed of the counter-based random numbers
 */
public record SamplingParameters(float temperature, float topP, int topK, int maxTokens, long seed) {
    public SamplingParameters {
        if (!(temperature >= 0 && temperature <= 100)) {
            throw new IllegalArgumentException("temperature must be 0 to 100: " + temperature);
        }
        if (!(topP > 0 && topP <= 1))
            throw new IllegalArgumentException("top_p must be above 0 and at most 1: " + topP);
        if (topK < 0) throw new IllegalArgumentException("top_k must not be negative: " + topK);
        if (maxTokens < 1) throw new IllegalArgumentException("max_tokens must be at least 1: " + maxTokens);
    }

    /** Whether a filter changes the distribution; training runs refuse it. */
    public boolean filtered() {
        return topP < 1 || topK > 0;
    }

    /** Whether the most likely token is always taken. */
    public boolean greedy() {
        return temperature == 0;
    }
}
