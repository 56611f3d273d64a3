package dev.thirteen.core.grpo;

import java.util.Arrays;

/**
 * A policy-gradient loss as a composition of choices. For token t of a sample, with log-probs l (current), l_prox
 * (proximal), l_b (behaviour) and l_ref (reference), and the entropy H of the current distribution, the step's loss is the
 * aggregated sum of
 *
 * <pre>w · surrogate(ρ, A, l) + β · KL(l_ref − l) − c · H,   w = weight(exp(l_prox − l_b))</pre>
 *
 * where no gradient flows through w. With one ratio a sample there is one w a sample too, both over means of log-probs, so
 * that ρ w is the ratio of current and behaviour policy. GRPO, DAPO, Dr. GRPO, GSPO, CISPO, RLOO, REINFORCE++, truncated
 * importance sampling and decoupled PPO are records of these choices. {@link StrictMath} gives the same bits on every
 * machine.
 *
 * @param entropyBonus c; 0 means none
 */
public record Objective(
        Ratio ratio,
        Surrogate surrogate,
        Aggregation aggregation,
        OffPolicyWeight weight,
        KlPenalty penalty,
        double entropyBonus) {
    public Objective {
        if (!(entropyBonus >= 0 && Double.isFinite(entropyBonus))) {
            throw new IllegalArgumentException("entropy bonus " + entropyBonus);
        }
    }

    /** Without penalty and bonus. */
    public Objective(Ratio ratio, Surrogate surrogate, Aggregation aggregation, OffPolicyWeight weight) {
        this(ratio, surrogate, aggregation, weight, KlPenalty.NONE, 0);
    }

    /** GRPO (arXiv 2402.03300) without penalty. */
    public static Objective grpo(double clipLow, double clipHigh, Aggregation aggregation, OffPolicyWeight weight) {
        return new Objective(Ratio.TOKEN, new Surrogate.Clip(clipLow, clipHigh), aggregation, weight);
    }

    /** What a sample with one advantage for all its tokens adds to the loss of its step. */
    public SequenceLoss of(SequenceLogProbs logProbs, double advantage, StepTotals totals) {
        double[] advantages = new double[logProbs.tokens()];
        Arrays.fill(advantages, advantage);
        return of(logProbs, advantages, totals);
    }

    /** What a sample adds to the loss of its step, with the derivative by its current log-probs; one advantage a token. */
    public SequenceLoss of(SequenceLogProbs logProbs, double[] advantages, StepTotals totals) {
        check(logProbs, advantages);
        int tokens = logProbs.tokens();
        double scale = aggregation.weight(totals, tokens);
        Terms terms = new Terms(ratios(logProbs), weights(logProbs), new double[tokens]);
        double loss = addSurrogate(terms, logProbs, advantages);
        // ds/dl = s / T for every token, whichever token's term holds s: each gets the mean.
        if (ratio == Ratio.SEQUENCE && surrogate instanceof Surrogate.Clip) fillWithMean(terms.gradient);
        loss += addPenalty(logProbs, terms.gradient);
        for (double entropy : logProbs.entropies()) loss -= entropyBonus * entropy;
        for (int t = 0; t < tokens; t++) terms.gradient[t] *= scale;
        return new SequenceLoss(scale * loss, terms.gradient, -entropyBonus * scale, counts(terms, logProbs));
    }

    private void check(SequenceLogProbs logProbs, double[] advantages) {
        if (advantages.length != logProbs.tokens()) {
            throw new IllegalArgumentException(
                    "%d advantages for %d tokens".formatted(advantages.length, logProbs.tokens()));
        }
        for (double advantage : advantages) {
            if (!Double.isFinite(advantage)) throw new IllegalArgumentException("advantage " + advantage);
        }
        if (penalty.on() && logProbs.reference().length == 0) {
            throw new IllegalArgumentException("a KL penalty needs reference log-probs");
        }
        if (entropyBonus > 0 && logProbs.entropies().length == 0) {
            throw new IllegalArgumentException("an entropy bonus needs entropies");
        }
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

    private double addSurrogate(Terms terms, SequenceLogProbs logProbs, double[] advantages) {
        double sum = 0;
        for (int t = 0; t < terms.gradient.length; t++) {
            double weight = terms.weights[t];
            double rho = terms.ratios[t];
            double advantage = advantages[t];
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
                case Surrogate.AdvantageLogLikelihood() -> {
                    sum -= weight * advantage * logProbs.current()[t];
                    terms.gradient[t] -= weight * advantage;
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
        if (!penalty.on()) return 0;
        double sum = 0;
        for (int t = 0; t < gradient.length; t++) {
            double d = logProbs.reference()[t] - logProbs.current()[t];
            sum += penalty.coefficient() * penalty.estimator().value(d);
            gradient[t] += penalty.coefficient() * penalty.estimator().slope(d);
        }
        return sum;
    }

    /** The ratio ρ of each token; of a sample with one ratio the same for all. */
    public double[] ratios(SequenceLogProbs logProbs) {
        return ratios(logProbs.current(), logProbs.proximal());
    }

    /** The off-policy weight w of each token. */
    public double[] weights(SequenceLogProbs logProbs) {
        double[] weights = ratios(logProbs.proximal(), logProbs.behaviour());
        for (int t = 0; t < weights.length; t++) weights[t] = weight.of(weights[t]);
        return weights;
    }

    private double[] ratios(double[] above, double[] below) {
        double[] ratios = new double[above.length];
        for (int t = 0; t < ratios.length; t++) ratios[t] = above[t] - below[t];
        if (ratio == Ratio.SEQUENCE) fillWithMean(ratios);
        for (int t = 0; t < ratios.length; t++) ratios[t] = StrictMath.exp(ratios[t]);
        return ratios;
    }

    private static SequenceLoss.Counts counts(Terms terms, SequenceLogProbs logProbs) {
        double gap = 0;
        double kl = 0;
        int masked = 0;
        for (int t = 0; t < logProbs.tokens(); t++) {
            double current = logProbs.current()[t];
            gap += Math.abs(StrictMath.exp(current) - StrictMath.exp(logProbs.behaviour()[t]));
            if (logProbs.reference().length > 0) kl += KlEstimator.K3.value(logProbs.reference()[t] - current);
            if (terms.weights[t] == 0) masked++;
        }
        return new SequenceLoss.Counts(terms.clippedLow, terms.clippedHigh, masked, gap, kl);
    }
}
