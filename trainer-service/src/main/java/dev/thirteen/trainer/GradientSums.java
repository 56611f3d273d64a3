package dev.thirteen.trainer;

import java.util.ArrayList;
import java.util.List;

/**
 * What a part of a step adds to its gradient and its measures.
 *
 * @param gradient dLoss/dv, one number a trained value
 * @param logProbs current log-probs, one array a sample
 * @param problem why it cannot be used; empty when it can
 */
record GradientSums(double[] gradient, Measures measures, List<double[]> logProbs, String problem) {
    /**
     * Sums over tokens.
     *
     * @param probabilityGap of |p_current − p_behaviour|
     * @param kl of the k3 estimate against the reference
     * @param entropy in nats
     */
    record Measures(double loss, double probabilityGap, long clipped, long masked, double kl, double entropy) {
        static final Measures NONE = new Measures(0, 0, 0, 0, 0, 0);

        Measures plus(Measures other) {
            return new Measures(
                    loss + other.loss,
                    probabilityGap + other.probabilityGap,
                    clipped + other.clipped,
                    masked + other.masked,
                    kl + other.kl,
                    entropy + other.entropy);
        }
    }

    /** The sum of parts, in the given order: the same bits whoever computed them. */
    static GradientSums of(List<GradientSums> parts) {
        double[] gradient = new double[parts.getFirst().gradient().length];
        Measures measures = Measures.NONE;
        List<double[]> logProbs = new ArrayList<>();
        String problem = "";
        for (GradientSums part : parts) {
            for (int i = 0; i < gradient.length; i++) gradient[i] += part.gradient()[i];
            measures = measures.plus(part.measures());
            logProbs.addAll(part.logProbs());
            if (problem.isEmpty()) problem = part.problem();
        }
        return new GradientSums(gradient, measures, logProbs, problem);
    }
}
