package dev.thirteen.trainer;

import dev.thirteen.engine.PolicyGradient;
import java.util.List;

/** Base, basis and prompts of a live run. */
interface Workload extends AutoCloseable {
    Prompts prompts();

    String baseDigest();

    String basisDigest();

    String tokenizerDigest();

    /** Number of trained values. */
    int trainedNumbers();

    /** dLoss/dv of the sequences under a policy, one number a trained value; see {@link PolicyGradient#gradient}. */
    double[] gradient(
            float[] values,
            List<PolicyGradient.Sequence> sequences,
            double temperature,
            int microBatchTokens,
            PolicyGradient.Weights weights);

    @Override
    void close();
}
