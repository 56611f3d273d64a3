package dev.thirteen.trainer;

import com.google.common.primitives.Floats;
import com.google.common.primitives.Ints;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.grpo.GroupAdvantages;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One step from its groups: advantages and objective of core, gradient of the engine, AdamW on the fp32 master. A function
 * of its arguments: it starts from the record that a restart would read. Used once.
 */
final class StepComputation {
    private final RunSpec spec;
    private final RunState record;
    private final List<ScoredRollout> groups;
    private final Objective objective;
    private final List<PolicyGradient.Sequence> sequences = new ArrayList<>();
    private final List<double[]> behaviour = new ArrayList<>();
    private final List<Double> advantages = new ArrayList<>();
    private final StepTotals totals;
    private double loss;
    private double probabilityGap;
    private long clipped;
    private String problem = "";

    /** Groups in group order, each checked by {@link ScoredGroup}. */
    StepComputation(RunSpec spec, RunState record, List<ScoredRollout> groups) {
        this.spec = spec;
        this.record = record;
        this.groups = groups;
        this.objective = spec.objective();
        for (ScoredRollout group : groups) add(group);
        long tokens = sequences.stream()
                .mapToLong(sequence -> sequence.completionTokens().length)
                .sum();
        this.totals = new StepTotals(sequences.size(), tokens);
    }

    /** Runs the gradient; on the engine thread. */
    StepOutcome compute(Workload workload, int microBatchTokens) {
        long start = System.nanoTime();
        ValueType type = spec.tinyLora().valueType();
        float[] values = type.decode(record.getAdapter().getValues().toByteArray());
        double[] gradient = new double[values.length];
        for (Part part : parts()) {
            double[] sum = workload.gradient(
                    values,
                    sequences.subList(part.from(), part.to()),
                    spec.sampling().temperature(),
                    microBatchTokens,
                    (sequence, logProbs) -> weights(part.from() + sequence, logProbs));
            for (int i = 0; i < gradient.length; i++) gradient[i] += sum[i];
        }
        double norm = AdamW.norm(gradient);
        if (!problem.isEmpty()) return new StepOutcome.Unusable(problem);
        if (!Double.isFinite(loss)) return new StepOutcome.Unusable("the loss is not finite: " + loss);
        if (!Double.isFinite(norm)) return new StepOutcome.Unusable("the gradient is not finite: its norm is " + norm);
        AdamState next = spec.adamW().next(state(), gradient);
        for (float value : type.round(next.master())) {
            if (!Float.isFinite(value)) return new StepOutcome.Unusable("a trained value left the range of " + type);
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        return new StepOutcome.Computed(next, metrics(norm, millis));
    }

    /** Sequences from one index up to another. */
    private record Part(int from, int to) {}

    /** In a deterministic run each group is computed by itself: the shapes of a batch then depend on its group alone. */
    private List<Part> parts() {
        if (!spec.schedule().deterministic()) return List.of(new Part(0, sequences.size()));
        List<Part> parts = new ArrayList<>();
        int from = 0;
        for (ScoredRollout group : groups) {
            int to = from + group.getRollout().getSamplesCount();
            parts.add(new Part(from, to));
            from = to;
        }
        return parts;
    }

    /** dLoss/dLogProb of one sequence. With one update a step the proximal policy is the current one: l_prox = sg[l]. */
    private double[] weights(int sequence, double[] logProbs) {
        if (!Arrays.stream(logProbs).allMatch(Double::isFinite)) {
            problem = "a log-probability under the current policy is not finite";
            return new double[logProbs.length];
        }
        SequenceLogProbs compared = new SequenceLogProbs(logProbs, logProbs, behaviour.get(sequence));
        SequenceLoss part = objective.of(compared, advantages.get(sequence), totals);
        loss += part.loss();
        probabilityGap += part.sumAbsProbabilityGap();
        clipped += part.clippedLow() + part.clippedHigh();
        return part.dLossDLogProb();
    }

    private void add(ScoredRollout group) {
        double[] rewards =
                group.getVerdictsList().stream().mapToDouble(Verdict::getReward).toArray();
        for (double advantage : GroupAdvantages.STANDARDISED.of(rewards)) advantages.add(advantage);
        int[] prompt = Ints.toArray(group.getRollout().getRequest().getPromptTokenIdsList());
        for (Sample sample : group.getRollout().getSamplesList()) {
            sequences.add(new PolicyGradient.Sequence(prompt, Ints.toArray(sample.getTokenIdsList())));
            behaviour.add(sample.getBehaviourLogProbsList().stream()
                    .mapToDouble(Float::doubleValue)
                    .toArray());
        }
    }

    private AdamState state() {
        return new AdamState(
                Floats.toArray(record.getMasterList()),
                Floats.toArray(record.getFirstMomentList()),
                Floats.toArray(record.getSecondMomentList()),
                record.getStep());
    }

    private StepMetrics metrics(double norm, long millis) {
        return ScoredGroup.measure(groups, record.getStep())
                .setLoss(loss)
                .setGradNorm(norm)
                .setProbabilityGap(probabilityGap / totals.tokens())
                .setClipped((double) clipped / totals.tokens())
                .setGradientMs(millis)
                .build();
    }
}
