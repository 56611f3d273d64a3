package dev.thirteen.core.grpo;

/**
 * Log-probabilities of one completion's tokens under the policies that a loss compares; natural logs at the temperature of
 * the rollout. The arrays are not copied: the caller must not change them.
 *
 * @param current under the weights being trained
 * @param proximal under the weights just before the update (old policy)
 * @param behaviour under the policy that drew the tokens
 * @param reference under the frozen reference of the KL; empty without one. Without penalty it is only measured
 * @param entropies entropy of the current distribution at each token, in nats; empty without entropy bonus
 */
public record SequenceLogProbs(
        double[] current, double[] proximal, double[] behaviour, double[] reference, double[] entropies) {
    private static final double[] NONE = {};

    public SequenceLogProbs {
        if (current.length == 0) throw new IllegalArgumentException("a completion has at least one token");
        requireFinite("current", current, current.length);
        requireFinite("proximal", proximal, current.length);
        requireFinite("behaviour", behaviour, current.length);
        if (reference.length > 0) requireFinite("reference", reference, current.length);
        if (entropies.length > 0) requireFinite("entropies", entropies, current.length);
    }

    /** Without entropies. */
    public SequenceLogProbs(double[] current, double[] proximal, double[] behaviour, double[] reference) {
        this(current, proximal, behaviour, reference, NONE);
    }

    /** Without reference and entropies. */
    public SequenceLogProbs(double[] current, double[] proximal, double[] behaviour) {
        this(current, proximal, behaviour, NONE, NONE);
    }

    /** Number of completion tokens. */
    public int tokens() {
        return current.length;
    }

    private static void requireFinite(String name, double[] numbers, int tokens) {
        if (numbers.length != tokens) {
            throw new IllegalArgumentException(
                    "%s has %d log-probs for %d tokens".formatted(name, numbers.length, tokens));
        }
        for (double number : numbers) {
            if (!Double.isFinite(number)) throw new IllegalArgumentException(name + " has a log-prob " + number);
        }
    }
}
