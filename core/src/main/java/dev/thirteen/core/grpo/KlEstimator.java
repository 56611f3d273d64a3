package dev.thirteen.core.grpo;

/**
 * Estimates of KL(policy ‖ reference) from a token that the policy drew (Schulman 2020, "Approximating KL divergence"), with
 * d = l_ref − l. No value is clamped; verl clamps d to ±20 and k3 to ±10.
 */
public enum KlEstimator {
    /** −d: its value is unbiased, its gradient is zero in expectation, so it belongs into the reward. */
    K1,
    /** d² / 2: its gradient is that of the KL in expectation. */
    K2,
    /** e^d − d − 1: never negative; GRPO's penalty (arXiv 2402.03300, equation 4). */
    K3;

    /** The estimate. */
    public double value(double d) {
        return switch (this) {
            case K1 -> -d;
            case K2 -> d * d / 2;
            case K3 -> StrictMath.expm1(d) - d;
        };
    }

    /** Derivative of the estimate by l. */
    public double slope(double d) {
        return switch (this) {
            case K1 -> 1;
            case K2 -> -d;
            case K3 -> -StrictMath.expm1(d);
        };
    }
}
