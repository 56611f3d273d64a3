package dev.thirteen.core.grpo;

/**
 * What one sample adds to the loss of a step.
 *
 * @param loss its part of the step's loss, aggregation included
 * @param dLossDLogProb derivative of the step's loss by each current log-prob; owned by the receiver
 * @param dLossDEntropy derivative of the step's loss by the entropy at each of its tokens, the same for all
 * @param counts what happened to its tokens
 */
public record SequenceLoss(double loss, double[] dLossDLogProb, double dLossDEntropy, Counts counts) {
    /**
     * Sums over the tokens of one sample, for metrics.
     *
     * @param clippedLow tokens whose gradient the lower bound of the clip removes; under
     *     {@link Surrogate.WeightedLogLikelihood}, which removes none, tokens whose ratio is below it
     * @param clippedHigh the same for the upper bound
     * @param masked tokens whose off-policy weight is 0
     * @param sumAbsProbabilityGap sum over tokens of |p_current − p_behaviour|
     * @param sumKl sum over tokens of the k3 estimate against the reference; 0 without one
     */
    public record Counts(int clippedLow, int clippedHigh, int masked, double sumAbsProbabilityGap, double sumKl) {}
}
