package dev.thirteen.core.grpo;

/**
 * Log-probabilities of one completion's tokens under the policies that a loss compares; natural logs at the temperature of
 * the rollout. The arrays are not copied: the caller must not change them.
 *
 * @param current under the weights being trained
 * @param proximal under the weights just before the update (old policy)
 * @param behaviour under the policy that drew the tokens
 * @param reference under the frozen reference of the KL penalty; empty without penalty
 */
public record SequenceLogProbs(double[] current, double[] proximal, double[] behaviour, double[] reference) {
    public SequenceLogProbs {
        if (current.length == 0) throw new IllegalArgumentException("a completion has at least one token");
        requireFinite("current", current, current.length);
        requireFinite("proximal", proximal, current.length);
        requireFinite("behaviour", behaviour, current.length);
        if (reference.length > 0) requireFinite("reference", reference, current.length);
    }

    /** Without a reference. */
    public SequenceLogProbs(double[] current, double[] proximal, double[] behaviour) {
        this(current, proximal, behaviour, new double[0]);
    }

    /** Number of completion tokens. */
    public int tokens() {
        return current.length;
    }

    private static void requireFinite(String name, double[] logProbs, int tokens) {
        if (logProbs.length != tokens) {
            throw new IllegalArgumentException(
                    "%s has %d log-probs for %d tokens".formatted(name, logProbs.length, tokens));
        }
        for (double logProb : logProbs) {
            if (!Double.isFinite(logProb)) throw new IllegalArgumentException(name + " has a log-prob " + logProb);
        }
    }
}
