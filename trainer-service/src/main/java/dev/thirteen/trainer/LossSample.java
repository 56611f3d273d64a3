package dev.thirteen.trainer;

import dev.thirteen.engine.PolicyGradient;

/**
 * One sample as the loss takes it. Arrays have one number a completion token and are shared: nobody changes them.
 *
 * @param sequence prompt and completion
 * @param behaviour log-probs under the policy that drew the tokens
 * @param reference log-probs under the reference; empty where the run compares with nothing. Where no KL is in the loss they
 *     are for the measure alone
 * @param proximal log-probs under the policy before the step's first update; empty in that update, where they are the
 *     current ones
 * @param advantages advantage of each token
 */
record LossSample(
        PolicyGradient.Sequence sequence,
        double[] behaviour,
        double[] reference,
        double[] proximal,
        double[] advantages) {
    /** The same with these advantages. */
    LossSample with(double[] advantages) {
        return new LossSample(sequence, behaviour, reference, proximal, advantages);
    }

    /** The same in a later update. */
    LossSample after(double[] firstLogProbs) {
        return new LossSample(sequence, behaviour, reference, firstLogProbs, advantages);
    }
}
