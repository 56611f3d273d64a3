package dev.thirteen.trainer;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.UpdateRule;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One step from its groups: advantages and objective of core, gradient of the engine, AdamW on the fp32 master. A function
 * of its arguments: it starts from the record that a restart would read. Used once.
 */
final class StepComputation {
    /** A part has as many groups as fit into so many passes: long enough to fill them well, short enough to be spread. */
    private static final int PASSES_A_PART = 4;

    private final RunSpec spec;
    private final RunState record;
    private final List<ScoredRollout> groups;
    private final Function<String, byte[]> blobs;
    private final Objective objective;
    private final ValueType type;
    private GradientSums.Measures measures = GradientSums.Measures.NONE;
    private double norm;

    /**
     * @param groups in group order, each checked by {@link ScoredGroup}
     * @param blobs gives the content of a digest: what is too long for the record
     */
    StepComputation(RunSpec spec, RunState record, List<ScoredRollout> groups, Function<String, byte[]> blobs) {
        this.spec = spec;
        this.record = record;
        this.groups = groups;
        this.blobs = blobs;
        this.objective = spec.objective();
        this.type = spec.valueType();
    }

    /** Runs the gradient; on the engine thread. */
    StepOutcome compute(Workload workload, Gradients gradients, int microBatchTokens) {
        long start = System.nanoTime();
        StepSamples samples = spec.algorithm().supervised()
                ? StepSamples.given(workload.prompts().examples(record.getStep()))
                : StepSamples.of(spec, groups, reference(workload, microBatchTokens));
        Optional<StepTotals> totals = samples.totals();
        if (totals.isEmpty()) return skipped("every sample was truncated, and truncated samples do not count", samples);
        List<List<LossSample>> parts = parts(samples, microBatchTokens);
        TrainedState state = start();
        UpdateRule rule = spec.updateRule(workload.family(), record.getStep());
        for (int update = 0; update < spec.algorithm().updatesPerStep(); update++) {
            GradientSums sums = gradients(gradients, parts, totals.get(), state.adam(), microBatchTokens);
            Optional<String> problem = problem(sums);
            if (problem.isPresent()) return skipped(problem.get(), samples);
            if (update == 0) {
                measures = sums.measures();
                norm = AdamW.norm(sums.gradient());
                parts = after(parts, sums.logProbs());
            }
            state = rule.next(state, sums.gradient(), record.getStep());
            for (float value : type.round(state.adam().master())) {
                if (!Float.isFinite(value)) return skipped("a trained value left the range of " + type, samples);
            }
        }
        return new StepOutcome.Computed(state, metrics(samples, totals.get(), start));
    }

    private GradientSums gradients(
            Gradients gradients,
            List<List<LossSample>> parts,
            StepTotals totals,
            AdamState state,
            int microBatchTokens) {
        float[] values = type.round(state.master());
        List<GradientTask> tasks = parts.stream()
                .map(part -> new GradientTask(
                        values, part, objective, totals, spec.sampling().temperature(), microBatchTokens))
                .toList();
        return GradientSums.of(gradients.of(tasks));
    }

    /** Log-probs of all samples under the base alone, or what a fork began with, group by group; empty where the run compares with nothing. */
    private List<double[]> reference(Workload workload, int microBatchTokens) {
        List<double[]> reference = new ArrayList<>();
        if (!spec.algorithm().needsReference()) return reference;
        float[] values = record.hasOrigin()
                ? AdapterWire.read(record.getOrigin().getAdapter(), blobs).values()
                : new float[0];
        for (ScoredRollout group : groups) {
            reference.addAll(workload.logProbs(
                    values, StepSamples.sequences(group), spec.sampling().temperature(), microBatchTokens));
        }
        return reference;
    }

    /**
     * Whole groups. In a deterministic run each is a part by itself: the shapes of a batch then depend on its group alone.
     * Where the boundaries lie depends on nothing but the step.
     */
    private List<List<LossSample>> parts(StepSamples samples, int microBatchTokens) {
        long most = spec.schedule().deterministic() ? 0 : (long) PASSES_A_PART * microBatchTokens;
        List<List<LossSample>> parts = new ArrayList<>();
        long tokens = 0;
        for (List<LossSample> group : samples.groups()) {
            if (group.isEmpty()) continue;
            long ofGroup = group.stream().mapToLong(StepComputation::tokens).sum();
            if (parts.isEmpty() || tokens + ofGroup > most) {
                parts.add(new ArrayList<>());
                tokens = 0;
            }
            parts.getLast().addAll(group);
            tokens += ofGroup;
        }
        return parts;
    }

    private static long tokens(LossSample sample) {
        return (long) sample.sequence().promptTokens().length
                + sample.sequence().completionTokens().length;
    }

    /** The parts of the later updates: what was current in the first is proximal now. */
    private static List<List<LossSample>> after(List<List<LossSample>> parts, List<double[]> logProbs) {
        List<List<LossSample>> next = new ArrayList<>();
        int at = 0;
        for (List<LossSample> part : parts) {
            List<LossSample> moved = new ArrayList<>();
            for (LossSample sample : part) moved.add(sample.after(logProbs.get(at++)));
            next.add(moved);
        }
        return next;
    }

    private static Optional<String> problem(GradientSums sums) {
        double loss = sums.measures().loss();
        double norm = AdamW.norm(sums.gradient());
        if (!sums.problem().isEmpty()) return Optional.of(sums.problem());
        if (!Double.isFinite(loss)) return Optional.of("the loss is not finite: " + loss);
        return Double.isFinite(norm)
                ? Optional.empty()
                : Optional.of("the gradient is not finite: its norm is " + norm);
    }

    private TrainedState start() {
        return OptimizerWire.state(OptimizerWire.of(record, blobs));
    }

    /** Nothing changes: neither values nor moments, however far the step had come. */
    private StepOutcome.Computed skipped(String reason, StepSamples samples) {
        StepMetrics metrics = measured(samples)
                .setSkipped(reason)
                .setLearningRate(spec.learningRate(record.getStep()))
                .setLeftOutSamples(samples.leftOut())
                .build();
        return new StepOutcome.Computed(start(), metrics);
    }

    private StepMetrics.Builder measured(StepSamples samples) {
        if (!spec.algorithm().supervised()) return ScoredGroup.measure(groups, record.getStep());
        StepTotals totals = samples.totals().orElseThrow();
        return StepMetrics.newBuilder()
                .setCompletionTokens(totals.tokens())
                .setCompletionLength((double) totals.tokens() / totals.samples());
    }

    private StepMetrics metrics(StepSamples samples, StepTotals totals, long startNanos) {
        double tokens = totals.tokens();
        return measured(samples)
                .setLoss(measures.loss())
                .setGradNorm(norm)
                .setProbabilityGap(spec.algorithm().supervised() ? 0 : measures.probabilityGap() / tokens)
                .setClipped(measures.clipped() / tokens)
                .setMasked(measures.masked() / tokens)
                .setKl(measures.kl() / tokens)
                .setEntropy(measures.entropy() / tokens)
                .setLearningRate(spec.learningRate(record.getStep()))
                .setLeftOutSamples(samples.leftOut())
                .setGradientMs((System.nanoTime() - startNanos) / 1_000_000)
                .build();
    }
}
