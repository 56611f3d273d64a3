package dev.thirteen.engine;

import java.util.List;

/**
 * Log-probabilities of completions under a policy and their gradient by the trained values. The objective is core's: the
 * engine gives log-probs, asks for dLoss/dLogProb, and returns dLoss/dv. Used by one thread at a time.
 */
public final class PolicyGradient {
    /** A prompt with one completion, as token ids. */
    public record Sequence(int[] promptTokens, int[] completionTokens) {}

    /** Gives dLoss/dLogProb of one sequence, one number a completion token, from the current log-probs. */
    @FunctionalInterface
    public interface Weights {
        double[] of(int sequence, double[] logProbs);
    }

    /**
     * Result of a pass over sequences.
     *
     * @param gradient dLoss/dv, one number a trained value
     * @param logProbs current log-probs, one array a sequence
     */
    public record Result(double[] gradient, List<double[]> logProbs) {}

    public PolicyGradient(BaseModel base) {
        throw new UnsupportedOperationException();
    }

    /**
     * Forward and backward over micro-batches that are cut by token count in the given order, so that they depend on
     * nothing else; partial gradients are summed in that order.
     *
     * @param temperature divisor of the logits, as in the rollout
     * @param microBatchTokens largest number of padded tokens in one pass
     */
    public Result gradient(
            Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens, Weights weights) {
        throw new UnsupportedOperationException();
    }

    /** Log-probs of the completions without a gradient. */
    public List<double[]> logProbs(Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens) {
        throw new UnsupportedOperationException();
    }
}
