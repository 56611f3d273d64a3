package dev.thirteen.trainer;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.core.training.UpdateRule;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One step from its groups: advantages and objective of core, gradient of the engine, AdamW on the fp32 master. A function
 * of its arguments: it starts from the record that a restart would read. It says which gradients it needs and goes on with
 * their sums, so that steps of several runs may have them computed together. Used once.
 */
final class StepComputation {
    /** A part has as many groups as fit into so many passes: long enough to fill them well. */
    private static final int PASSES_A_PART = 4;

    /** A step of several passes has about so many parts or more, as long as each fills a pass: enough to be spread evenly. */
    private static final int PARTS_A_STEP = 8;

    private final RunSpec spec;
    private final RunState record;
    private final Supplier<List<ScoredRollout>> source;
    private final BlobReads blobs;
    private final Objective objective;
    private final ValueType type;
    private @Nullable UpdateRule rule;
    private int microBatchTokens;
    private long startNanos;
    private List<ScoredRollout> groups = List.of();
    private StepSamples samples = new StepSamples(List.of(), 0);
    private List<List<LossSample>> parts = List.of();
    private @Nullable TrainedState state;
    private int updates;
    /** Of the first update: later ones are of policies that only this step knows. */
    private GradientSums.Measures measures = GradientSums.Measures.NONE;
    /** Tokens whose gradient the clip removed, over all updates: in the first it never acts. */
    private long clipped;

    private double norm;
    private StepOutcome.@Nullable Computed outcome;

    /**
     * @param source gives the groups when the step begins, in group order, each checked by {@link ScoredGroup}
     * @param blobs gives the content of a digest: what is too long for the record
     */
    StepComputation(RunSpec spec, RunState record, Supplier<List<ScoredRollout>> source, BlobReads blobs) {
        this.spec = spec;
        this.record = record;
        this.source = source;
        this.blobs = blobs;
        this.objective = spec.objective();
        this.type = spec.valueType();
    }

    /** Computes the whole step; on the engine thread. */
    StepOutcome.Computed compute(Workload workload, Gradients gradients, int microBatchTokens) {
        List<GradientTask> tasks = begin(workload, microBatchTokens);
        while (!tasks.isEmpty()) tasks = next(gradients.of(tasks));
        return outcome();
    }

    /** What came of it, once nothing more is asked for. */
    StepOutcome.Computed outcome() {
        if (outcome == null) throw new IllegalStateException("the step is not computed yet");
        return outcome;
    }

    /**
     * Begins; on the engine thread.
     *
     * @return the parts of the gradient that are needed first; none where the step is skipped
     */
    List<GradientTask> begin(Workload workload, int microBatchTokens) {
        this.startNanos = System.nanoTime();
        this.microBatchTokens = microBatchTokens;
        this.state = start();
        this.groups = source.get();
        List<double[]> reference = reference(workload, microBatchTokens);
        if (!reference.stream().flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return skipped("a log-probability under the reference is not finite");
        }
        samples = spec.algorithm().supervised()
                ? StepSamples.given(workload.prompts().examples(record.getStep()))
                : StepSamples.of(spec, groups, reference);
        if (samples.totals().isEmpty()) {
            return skipped("every sample was truncated, and truncated samples do not count");
        }
        parts = parts();
        rule = spec.updateRule(workload.family(), record.getStep());
        return tasks();
    }

    /**
     * Goes on with the results of the parts, in their order.
     *
     * @return the parts that are needed next; none when the outcome is there
     */
    List<GradientTask> next(List<GradientSums> results) {
        GradientSums sums = GradientSums.of(results);
        Optional<String> problem = problem(sums);
        if (problem.isPresent()) return skipped(problem.get());
        if (updates == 0) {
            measures = sums.measures();
            norm = AdamW.norm(sums.gradient());
            parts = after(parts, sums.logProbs());
        }
        clipped += sums.measures().clipped();
        TrainedState moved = Objects.requireNonNull(rule).next(current(), sums.gradient(), record.getStep());
        state = moved;
        if (!moved.finite()) return skipped("the optimizer's state is not finite");
        for (float value : type.round(moved.adam().master())) {
            if (!Float.isFinite(value)) return skipped("a trained value left the range of " + type);
        }
        if (++updates < spec.algorithm().updatesPerStep()) return tasks();
        outcome = new StepOutcome.Computed(moved, metrics());
        return List.of();
    }

    private TrainedState current() {
        return Objects.requireNonNull(state);
    }

    private List<GradientTask> tasks() {
        float[] values = type.round(current().adam().master());
        StepTotals totals = samples.totals().orElseThrow();
        return parts.stream()
                .map(part -> new GradientTask(
                        values, part, objective, totals, spec.sampling().temperature(), microBatchTokens))
                .toList();
    }

    /** Log-probs of all samples under the base alone, or what a fork began with, group by group; empty where the run compares with nothing. */
    private List<double[]> reference(Workload workload, int microBatchTokens) {
        List<double[]> reference = new ArrayList<>();
        if (!spec.algorithm().needsReference()) return reference;
        float[] values = record.hasOrigin()
                ? AdapterWire.read(record.getOrigin().getAdapter(), blobs::get).values()
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
    private List<List<LossSample>> parts() {
        long most = spec.schedule().deterministic() ? 0 : tokensAPart();
        List<List<LossSample>> cut = new ArrayList<>();
        long tokens = 0;
        for (List<LossSample> group : samples.groups()) {
            if (group.isEmpty()) continue;
            long ofGroup = group.stream().mapToLong(StepComputation::tokens).sum();
            if (cut.isEmpty() || tokens + ofGroup > most) {
                cut.add(new ArrayList<>());
                tokens = 0;
            }
            cut.getLast().addAll(group);
            tokens += ofGroup;
        }
        return cut;
    }

    private long tokensAPart() {
        long all = samples.groups().stream()
                .flatMap(List::stream)
                .mapToLong(StepComputation::tokens)
                .sum();
        return Math.clamp(all / PARTS_A_STEP, microBatchTokens, (long) PASSES_A_PART * microBatchTokens);
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
        return OptimizerWire.of(record, blobs).state();
    }

    /** Nothing changes: neither values nor moments, however far the step had come. */
    private List<GradientTask> skipped(String reason) {
        StepMetrics metrics = measured()
                .setSkipped(reason)
                .setLearningRate(spec.learningRate(record.getStep()))
                .setLeftOutSamples(samples.leftOut())
                .build();
        outcome = new StepOutcome.Computed(start(), metrics);
        return List.of();
    }

    private StepMetrics.Builder measured() {
        if (!spec.algorithm().supervised()) return ScoredGroup.measure(groups, record.getStep());
        StepTotals totals = samples.totals().orElseThrow();
        return StepMetrics.newBuilder()
                .setCompletionTokens(totals.tokens())
                .setCompletionLength((double) totals.tokens() / totals.samples());
    }

    private StepMetrics metrics() {
        double tokens = samples.totals().orElseThrow().tokens();
        return measured()
                .setLoss(measures.loss())
                .setGradNorm(norm)
                .setProbabilityGap(spec.algorithm().supervised() ? 0 : measures.probabilityGap() / tokens)
                .setClipped(clipped / (tokens * updates))
                .setMasked(measures.masked() / tokens)
                .setKl(measures.kl() / tokens)
                .setEntropy(measures.entropy() / tokens)
                .setLearningRate(spec.learningRate(record.getStep()))
                .setLeftOutSamples(samples.leftOut())
                .setGradientMs((System.nanoTime() - startNanos) / 1_000_000)
                .build();
    }
}
