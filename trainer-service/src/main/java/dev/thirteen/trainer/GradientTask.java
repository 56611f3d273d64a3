package dev.thirteen.trainer;

import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.engine.PolicyGradient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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

    /** A task and what it is computed on. */
    record On(Trainable trainable, GradientTask task) {
        /** Tasks with equal ones may share passes; empty for a task that is computed alone. */
        Optional<Pass> pass() {
            return trainable
                    .passes()
                    .map(on -> new Pass(on, task.temperature, task.microBatchTokens, task.entropies()));
        }
    }

    /** What sequences of one pass have in common. */
    record Pass(String on, double temperature, int microBatchTokens, boolean entropies) {}

    /** Computes it; on the engine thread. */
    GradientSums on(Trainable trainable) {
        return together(List.of(new On(trainable, this))).getFirst();
    }

    /** Computes tasks that may share passes; on the engine thread. @return their results, in their order */
    static List<GradientSums> together(List<On> tasks) {
        List<Losses> losses = tasks.stream().map(one -> one.task().new Losses()).toList();
        List<Trainable.Part> parts = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            GradientTask task = tasks.get(i).task();
            List<PolicyGradient.Sequence> sequences =
                    task.samples.stream().map(LossSample::sequence).toList();
            parts.add(new Trainable.Part(tasks.get(i).trainable(), task.values, sequences, losses.get(i)));
        }
        GradientTask any = tasks.getFirst().task();
        List<PolicyGradient.Result> results =
                tasks.getFirst().trainable().gradients(parts, any.temperature, any.microBatchTokens, any.entropies());
        List<GradientSums> sums = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) sums.add(losses.get(i).sums(results.get(i)));
        return sums;
    }

    private boolean entropies() {
        return objective.entropyBonus() > 0;
    }

    /** Asked once a sample; sums up what it sees. */
    private final class Losses implements PolicyGradient.TokenWeights {
        GradientSums.Measures measures = GradientSums.Measures.NONE;
        String problem = "";

        GradientSums sums(PolicyGradient.Result result) {
            return new GradientSums(result.gradient(), measures, result.logProbs(), problem);
        }

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
