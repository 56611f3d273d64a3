package dev.thirteen.core.grpo;

/**
 * A term of the loss that holds the policy near its reference: coefficient · estimate, a token.
 *
 * @param estimator K2 or K3
 * @param coefficient β; 0 means no penalty
 */
public record KlPenalty(KlEstimator estimator, double coefficient) {
    public static final KlPenalty NONE = new KlPenalty(KlEstimator.K3, 0);

    public KlPenalty {
        if (!(coefficient >= 0 && Double.isFinite(coefficient))) {
            throw new IllegalArgumentException("KL coefficient " + coefficient);
        }
        if (estimator == KlEstimator.K1) {
            throw new IllegalArgumentException("k1 in the loss does nothing: its gradient is zero in expectation");
        }
    }

    /** Whether there is a penalty. */
    public boolean on() {
        return coefficient > 0;
    }
}
