package dev.thirteen.trainer;

import dev.thirteen.engine.PolicyGradient;
import java.util.List;
import java.util.Optional;

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

    /**
     * What one trainable has of passes that others take part in.
     *
     * @param weights is asked once a sequence, by its index in these sequences
     */
    record Part(
            Trainable of,
            float[] values,
            List<PolicyGradient.Sequence> sequences,
            PolicyGradient.TokenWeights weights) {}

    /**
     * Equal for trainables that may share passes: on one base, and none of them with bits that must not depend on the others.
     * Empty for one that is computed alone.
     */
    default Optional<String> passes() {
        return Optional.empty();
    }

    /** The gradient of each part, in their order; all of them are of trainables with the {@link #passes} of this one. */
    default List<PolicyGradient.Result> gradients(
            List<Part> parts, double temperature, int microBatchTokens, boolean entropies) {
        return parts.stream()
                .map(part -> part.of()
                        .gradient(
                                part.values(),
                                part.sequences(),
                                temperature,
                                microBatchTokens,
                                entropies,
                                part.weights()))
                .toList();
    }

    @Override
    void close();
}
