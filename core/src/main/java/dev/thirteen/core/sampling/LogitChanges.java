package dev.thirteen.core.sampling;

import java.util.Map;

/**
 * What is done to single logits before everything else: the bias is added, then the penalty taken.
 *
 * @param repetitionPenalty positive logits of tokens that stand in prompt or completion are divided by it, negative ones
 *     multiplied; 1 means off, below 1 such tokens are favoured
 * @param bias by token id, added to its logit
 */
public record LogitChanges(float repetitionPenalty, Map<Integer, Float> bias) {
    /** Largest size of a bias: more than any difference of logits that one meets. */
    public static final float MAX_BIAS = 100;
    /** Largest penalty; one divided by it is the smallest, which leaves logits finite. */
    public static final float MAX_PENALTY = 100;
    /** Tokens that may have a bias. */
    public static final int MAX_BIASED = 1024;

    /** Logits as they are. */
    public static final LogitChanges NONE = new LogitChanges(1, Map.of());

    public LogitChanges {
        bias = Map.copyOf(bias);
        SamplingParameters.require(
                "repetition-penalty",
                repetitionPenalty >= 1 / MAX_PENALTY && repetitionPenalty <= MAX_PENALTY,
                "must be 0.01 to 100, not " + repetitionPenalty);
        SamplingParameters.require(
                "logit-bias",
                bias.size() <= MAX_BIASED,
                "names %d tokens, at most %d".formatted(bias.size(), MAX_BIASED));
        bias.forEach((id, value) -> SamplingParameters.require(
                "logit-bias." + id, Math.abs(value) <= MAX_BIAS, "must be -100 to 100, not " + value));
    }

    /** Whether any logit may change. */
    public boolean any() {
        return penalizes() || !bias.isEmpty();
    }

    /** Whether tokens that were there before count. */
    public boolean penalizes() {
        return repetitionPenalty != 1;
    }
}
