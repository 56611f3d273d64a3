package dev.thirteen.trainer;

import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.engine.PolicyGradient;
import java.util.Arrays;
import java.util.List;

/**
 * A part of the gradient of a step: some of its samples, under the totals of all of them. Its result is a function of these
 * alone, whichever process computes it.
 *
 * @param values of the adapter, as rolled out
 * @param microBatchTokens largest number of padded tokens in one pass
 */
record GradientTask(
        float[] values,
        List<LossSample> samples,
        Objective objective,
        StepTotals totals,
        double temperature,
        int microBatchTokens) {

    /** Computes it; on the engine thread. */
    GradientSums on(Trainable trainable) {
        Losses losses = new Losses();
        List<PolicyGradient.Sequence> sequences =
                samples.stream().map(LossSample::sequence).toList();
        PolicyGradient.Result result = trainable.gradient(
                values, sequences, temperature, microBatchTokens, objective.entropyBonus() > 0, losses);
        return new GradientSums(result.gradient(), losses.measures, result.logProbs(), losses.problem);
    }

    /** Asked once a sample; sums up what it sees. */
    private final class Losses implements PolicyGradient.TokenWeights {
        GradientSums.Measures measures = GradientSums.Measures.NONE;
        String problem = "";

        @Override
        public PolicyGradient.Slopes of(int sequence, double[] logProbs, double[] entropies) {
            if (!Arrays.stream(logProbs).allMatch(Double::isFinite)) {
                problem = "a log-probability under the current policy is not finite";
                return new PolicyGradient.Slopes(new double[logProbs.length], 0);
            }
            LossSample sample = samples.get(sequence);
            double[] proximal = sample.proximal().length == 0 ? logProbs : sample.proximal();
            SequenceLogProbs compared =
                    new SequenceLogProbs(logProbs, proximal, sample.behaviour(), sample.reference(), entropies);
            SequenceLoss loss = objective.of(compared, sample.advantages(), totals);
            SequenceLoss.Counts counts = loss.counts();
            measures = measures.plus(new GradientSums.Measures(
                    loss.loss(),
                    counts.sumAbsProbabilityGap(),
                    counts.clippedLow() + counts.clippedHigh(),
                    counts.masked(),
                    counts.sumKl(),
                    Arrays.stream(entropies).sum()));
            return new PolicyGradient.Slopes(loss.dLossDLogProb(), loss.dLossDEntropy());
        }
    }
}
