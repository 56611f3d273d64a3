package dev.thirteen.core.grpo;

import java.util.Arrays;

/**
 * A policy-gradient loss as a composition of choices. For token t of a sample, with log-probs l (current), l_old
 * (proximal), l_b (behaviour) and l_ref (reference), the step's loss is the aggregated sum of
 *
 * <pre>w · surrogate(ρ, A, l) + β · (e^d − d − 1),   w = min(exp(l_old − l_b), cap),   d = l_ref − l</pre>
 *
 * where no gradient flows through w. GRPO, DAPO, Dr. GRPO, GSPO, CISPO, truncated importance sampling and decoupled PPO
 * are records of these choices. {@link StrictMath} gives the same bits on every machine.
 *
 * @param importanceCap largest off-policy weight w; 0 means none (w = 1), infinity means no cap
 * @param klCoefficient β of the k3 penalty (arXiv 2402.03300, equation 4); 0 means none
 */
public record Objective(
        Ratio ratio, Surrogate surrogate, Aggregation aggregation, double importanceCap, double klCoefficient) {
    public Objective {
        if (!(importanceCap >= 0)) throw new IllegalArgumentException("importance cap " + importanceCap);
        if (!(klCoefficient >= 0 && Double.isFinite(klCoefficient))) {
            throw new IllegalArgumentException("KL coefficient " + klCoefficient);
        }
    }

    /** GRPO (arXiv 2402.03300) without penalty; an importance cap of 0 means no off-policy weight. */
    public static Objective grpo(double clipLow, double clipHigh, Aggregation aggregation, double importanceCap) {
        return new Objective(Ratio.TOKEN, new Surrogate.Clip(clipLow, clipHigh), aggregation, importanceCap, 0);
    }

    /** What a sample adds to the loss of its step, with the derivative by its current log-probs. */
    public SequenceLoss of(SequenceLogProbs logProbs, double advantage, StepTotals totals) {
        if (!Double.isFinite(advantage)) throw new IllegalArgumentException("advantage " + advantage);
        if (klCoefficient > 0 && logProbs.reference().length == 0) {
            throw new IllegalArgumentException("a KL penalty needs reference log-probs");
        }
        int tokens = logProbs.tokens();
        double scale = aggregation.weight(totals, tokens);
        Terms terms = new Terms(ratios(logProbs), weights(logProbs), new double[tokens]);
        double loss = addSurrogate(terms, logProbs, advantage);
        // ds/dl = s / T for every token, whichever token's term holds s: each gets the mean.
        if (ratio == Ratio.SEQUENCE && surrogate instanceof Surrogate.Clip) fillWithMean(terms.gradient);
        loss += addPenalty(logProbs, terms.gradient);
        for (int t = 0; t < tokens; t++) terms.gradient[t] *= scale;
        return new SequenceLoss(
                scale * loss, terms.gradient, terms.clippedLow, terms.clippedHigh, probabilityGap(logProbs));
    }

    /** Running sums over the tokens of one sample. */
    private static final class Terms {
        final double[] ratios;
        final double[] weights;
        final double[] gradient;
        int clippedLow;
        int clippedHigh;

        Terms(double[] ratios, double[] weights, double[] gradient) {
            this.ratios = ratios;
            this.weights = weights;
            this.gradient = gradient;
        }
    }

    private double addSurrogate(Terms terms, SequenceLogProbs logProbs, double advantage) {
        double sum = 0;
        for (int t = 0; t < terms.gradient.length; t++) {
            double weight = terms.weights[t];
            double rho = terms.ratios[t];
            switch (surrogate) {
                case Surrogate.Clip(double low, double high) -> {
                    boolean below = advantage < 0 && rho < 1 - low;
                    boolean above = advantage > 0 && rho > 1 + high;
                    if (below) terms.clippedLow++;
                    if (above) terms.clippedHigh++;
                    double active = below ? 1 - low : above ? 1 + high : rho;
                    sum -= weight * active * advantage;
                    // dρ/dl = ρ where the clip does not act, else 0.
                    if (!below && !above) terms.gradient[t] -= weight * rho * advantage;
                }
                case Surrogate.WeightedLogLikelihood(double low, double high) -> {
                    if (rho < 1 - low) terms.clippedLow++;
                    if (rho > 1 + high) terms.clippedHigh++;
                    double factor = weight * Math.clamp(rho, 1 - low, 1 + high) * advantage;
                    sum -= factor * logProbs.current()[t];
                    terms.gradient[t] -= factor;
                }
                case Surrogate.LogLikelihood() -> {
                    sum -= weight * logProbs.current()[t];
                    terms.gradient[t] -= weight;
                }
            }
        }
        return sum;
    }

    private static void fillWithMean(double[] values) {
        Arrays.fill(values, Arrays.stream(values).sum() / values.length);
    }

    private double addPenalty(SequenceLogProbs logProbs, double[] gradient) {
        if (klCoefficient == 0) return 0;
        double sum = 0;
        for (int t = 0; t < gradient.length; t++) {
            double d = logProbs.reference()[t] - logProbs.current()[t];
            sum += klCoefficient * (StrictMath.expm1(d) - d);
            gradient[t] -= klCoefficient * StrictMath.expm1(d);
        }
        return sum;
    }

    private double[] ratios(SequenceLogProbs logProbs) {
        int tokens = logProbs.tokens();
        double[] ratios = new double[tokens];
        for (int t = 0; t < tokens; t++) ratios[t] = logProbs.current()[t] - logProbs.proximal()[t];
        if (ratio == Ratio.SEQUENCE) fillWithMean(ratios);
        for (int t = 0; t < tokens; t++) ratios[t] = StrictMath.exp(ratios[t]);
        return ratios;
    }

    private double[] weights(SequenceLogProbs logProbs) {
        double[] weights = new double[logProbs.tokens()];
        for (int t = 0; t < weights.length; t++) {
            double weight = StrictMath.exp(logProbs.proximal()[t] - logProbs.behaviour()[t]);
            weights[t] = importanceCap == 0 ? 1 : Math.min(weight, importanceCap);
        }
        return weights;
    }

    private static double probabilityGap(SequenceLogProbs logProbs) {
        double gap = 0;
        for (int t = 0; t < logProbs.tokens(); t++) {
            gap += Math.abs(StrictMath.exp(logProbs.current()[t]) - StrictMath.exp(logProbs.behaviour()[t]));
        }
        return gap;
    }
}
