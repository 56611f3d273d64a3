package dev.thirteen.core.grpo;

import java.util.Arrays;

/** How the rewards of one prompt's samples become advantages. Equal rewards give exactly 0. */
public enum GroupAdvantages {
    /** (r − mean) / (s + 1e-6), s with divisor G − 1: GRPO, arXiv 2402.03300; divisor and 1e-6 as in verl. */
    STANDARDISED(2),
    /** r − mean: Dr. GRPO, arXiv 2503.20783. */
    CENTRED(1),
    /** r − mean of the other samples: RLOO, arXiv 2402.14740. */
    LEAVE_ONE_OUT(2);

    private static final double EPSILON = 1e-6;

    private final int fewestSamples;

    GroupAdvantages(int fewestSamples) {
        this.fewestSamples = fewestSamples;
    }

    /**
     * Advantages of a group, in order.
     *
     * @throws IllegalArgumentException for a reward that is not finite, or a group too small for this estimator
     */
    public double[] of(double[] rewards) {
        if (rewards.length < fewestSamples) {
            throw new IllegalArgumentException(
                    "%s needs at least %d samples a group: %d".formatted(this, fewestSamples, rewards.length));
        }
        if (!Arrays.stream(rewards).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("a reward is not finite");
        }
        // The mean of equal numbers may differ from them in the last bit, and 1e-6 would blow that up.
        if (Arrays.stream(rewards).allMatch(reward -> reward == rewards[0])) return new double[rewards.length];
        double mean = Arrays.stream(rewards).sum() / rewards.length;
        double scale = scale(rewards, mean);
        return Arrays.stream(rewards).map(reward -> (reward - mean) * scale).toArray();
    }

    private double scale(double[] rewards, double mean) {
        int samples = rewards.length;
        return switch (this) {
            case CENTRED -> 1;
            case LEAVE_ONE_OUT -> samples / (samples - 1.0);
            case STANDARDISED -> {
                double squares = Arrays.stream(rewards)
                        .map(reward -> (reward - mean) * (reward - mean))
                        .sum();
                yield 1 / (Math.sqrt(squares / (samples - 1)) + EPSILON);
            }
        };
    }
}
