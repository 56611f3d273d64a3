package dev.thirteen.trainer;

import dev.thirteen.engine.PolicyGradient;
import java.util.List;

/** A base with the basis of the adapter that is trained on it. */
interface Trainable extends AutoCloseable {
    /** dLoss/dv of the sequences under a policy, one number a trained value; see {@link PolicyGradient#gradient}. */
    PolicyGradient.Result gradient(
            float[] values,
            List<PolicyGradient.Sequence> sequences,
            double temperature,
            int microBatchTokens,
            boolean entropies,
            PolicyGradient.TokenWeights weights);

    /**
     * Log-probs of the sequences under a policy: the reference of a KL.
     *
     * @param values empty for the base alone
     */
    List<double[]> logProbs(
            float[] values, List<PolicyGradient.Sequence> sequences, double temperature, int microBatchTokens);

    @Override
    void close();
}
