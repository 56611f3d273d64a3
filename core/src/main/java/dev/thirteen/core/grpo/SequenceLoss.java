package dev.thirteen.core.grpo;

/**
 * What one sample adds to the loss of a step.
 *
 * @param loss its part of the step's loss, aggregation included
 * @param dLossDLogProb derivative of the step's loss by each current log-prob; owned by the receiver
 * @param clippedLow tokens whose gradient the lower bound of the clip removes; under
 *     {@link Surrogate.WeightedLogLikelihood}, which removes none, tokens whose ratio is below it
 * @param clippedHigh the same for the upper bound
 * @param sumAbsProbabilityGap sum over tokens of |p_current − p_behaviour|
 */
public record SequenceLoss(
        double loss, double[] dLossDLogProb, int clippedLow, int clippedHigh, double sumAbsProbabilityGap) {}
