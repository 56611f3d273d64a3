package dev.thirteen.core.run;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.optim.LearningRate;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.RewardTerm;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.core.training.UpdateRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that defines a run, as a caller gave it. The parts hold any value, so that {@link #problems()} can name every
 * bad field in one answer; the typed accessors are for specs without problems.
 *
 * @param replayOf run whose recorded rollouts are trained on, in place of sampling; empty for a run that samples
 */
public record RunSpec(
        String name,
        Base base,
        DataSource data,
        Prompt prompt,
        Reward reward,
        AdapterShape adapter,
        AlgorithmSpec algorithm,
        Sampling sampling,
        Optimizer optimizer,
        Schedule schedule,
        Evaluation evaluation,
        String replayOf) {

    /** Base model: folder, and the digest it must have (empty means any). */
    public record Base(String folder, String digest) {}

    /** Where problems come from. */
    public sealed interface DataSource {
        /** Problem file kept under a digest. */
        record Blob(String digest) implements DataSource {}

        /** Generator by name. */
        record Generator(String name, String split, long seed) implements DataSource {}

        /** Not given. */
        record None() implements DataSource {}
    }

    /** See {@link PromptTemplate}. */
    public record Prompt(String system, String user, boolean chat) {}

    /** Labels of the scorer and of the extraction; both are empty where there are terms. */
    public record Reward(String scorer, String extraction, List<RewardTerm> terms) {
        public Reward {
            terms = List.copyOf(terms);
        }

        /** One comparison with the right answer. */
        public Reward(String scorer, String extraction) {
            this(scorer, extraction, List.of());
        }

        /** The same as terms. */
        public RewardSpec spec() {
            if (!terms.isEmpty()) return new RewardSpec(terms);
            TermKind comparison = new TermKind.Answer(new TermKind.Comparison(scorer, extraction));
            return new RewardSpec(List.of(new RewardTerm("answer", 1, false, comparison)));
        }
    }

    /** What is trained; null where the caller chose nothing. */
    public sealed interface AdapterShape {
        /** Number format of the values as rolled out and sent. */
        @Nullable
        ValueType valueType();

        /** The modules that are adapted. */
        TargetModules targets();
    }

    /** See {@link TinyLoraSpec}. */
    public record TinyLoraShape(
            int rank,
            int u,
            @Nullable Tying tying,
            int tieSize,
            @Nullable SigmaForm sigmaForm,
            long projectionSeed,
            @Nullable ValueType valueType,
            TargetModules targets)
            implements AdapterShape {}

    /** See {@link FamilyAdapterSpec}. */
    public record FamilyShape(
            @Nullable FamilySpec family,
            TargetModules targets,
            long seed,
            @Nullable ValueType valueType) implements AdapterShape {}

    /** See {@link SamplingParameters}; the seed is the run's seed. A topP or repetitionPenalty of 0 means off, as 1 does. */
    public record Sampling(
            float temperature,
            float topP,
            int topK,
            float minP,
            float repetitionPenalty,
            Map<Integer, Float> logitBias,
            List<String> stop,
            int maxTokens,
            long seed) {
        /** Only the temperature changes the distribution. */
        public Sampling(float temperature, int maxTokens, long seed) {
            this(temperature, 0, 0, 0, 0, Map.of(), List.of(), maxTokens, seed);
        }
    }

    /** AdamW; a maxGradNorm of 0 means no clipping. */
    public record Optimizer(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double maxGradNorm,
            Decline decline) {}

    /** See {@link LearningRate}; a decay of null where the caller chose nothing. */
    public record Decline(long warmupSteps, LearningRate.@Nullable Decay decay, double lastRate) {
        /** The same rate for all steps. */
        public static final Decline NONE = new Decline(0, LearningRate.Decay.CONSTANT, 0);
    }

    /**
     * How much and in which order.
     *
     * @param maxStaleness steps that a rollout's policy may be behind the step that trains on it
     * @param microBatchTokens 0 means the trainer's default
     * @param groupDeadlineMillis 0 means the trainer's default
     * @param inFlight whether running samples go on under each newer policy
     */
    public record Schedule(
            long steps,
            int groupsPerStep,
            int samplesPerGroup,
            int maxStaleness,
            int microBatchTokens,
            boolean deterministic,
            long groupDeadlineMillis,
            boolean inFlight) {
        /** Every sample keeps the policy that it began with. */
        public Schedule(
                long steps,
                int groupsPerStep,
                int samplesPerGroup,
                int maxStaleness,
                int microBatchTokens,
                boolean deterministic,
                long groupDeadlineMillis) {
            this(
                    steps,
                    groupsPerStep,
                    samplesPerGroup,
                    maxStaleness,
                    microBatchTokens,
                    deterministic,
                    groupDeadlineMillis,
                    false);
        }
    }

    /** Held-out problems; 0 means all. */
    public record Evaluation(DataSource data, int problems) {}

    /** Every bad field, by its dotted path in run files; empty when the spec can be run. */
    public List<FieldProblem> problems() {
        return RunSpecRules.problems(this);
    }

    /** Every field that says something and can have no effect; a spec that has some can be run. */
    public List<FieldProblem> idle() {
        return IdleFields.of(this);
    }

    /**
     * This spec, when it can be run.
     *
     * @throws Failure CALLER with every bad field
     */
    public RunSpec validate() {
        List<FieldProblem> problems = problems();
        if (!problems.isEmpty()) throw Failure.fields(problems);
        return this;
    }

    /** The prompt of a valid spec. */
    public PromptTemplate promptTemplate() {
        return new PromptTemplate(prompt.system(), prompt.user(), prompt.chat());
    }

    /** The sampling of a valid spec: no filter is on. */
    public SamplingParameters samplingParameters() {
        return new SamplingParameters(sampling.temperature(), 1, 0, sampling.maxTokens(), sampling.seed());
    }

    /** The adapter of a valid spec, when it is a TinyLoRA. */
    public Optional<TinyLoraSpec> tinyLora() {
        if (!(adapter instanceof TinyLoraShape shape)) return Optional.empty();
        if (shape.tying() == null || shape.sigmaForm() == null || shape.valueType() == null) throw unchecked();
        int tieSize = shape.tying() == Tying.ALL ? 1 : shape.tieSize();
        return Optional.of(new TinyLoraSpec(
                shape.rank(),
                shape.u(),
                shape.tying(),
                tieSize,
                shape.sigmaForm(),
                shape.projectionSeed(),
                shape.valueType(),
                shape.targets()));
    }

    /** The adapter of a valid spec, when it is of another family. */
    public Optional<FamilyAdapterSpec> familyAdapter() {
        if (!(adapter instanceof FamilyShape shape)) return Optional.empty();
        if (shape.family() == null || shape.valueType() == null) throw unchecked();
        return Optional.of(new FamilyAdapterSpec(shape.family(), shape.targets(), shape.seed(), shape.valueType()));
    }

    /** Number format of the trained values of a valid spec. */
    public ValueType valueType() {
        ValueType type = adapter.valueType();
        if (type == null) throw unchecked();
        return type;
    }

    /** Family of the adapter of a valid spec, as papers write it. */
    public String familyLabel() {
        return familyAdapter().map(spec -> spec.family().label()).orElse("TinyLoRA");
    }

    /** How a step of a valid spec changes the values of its family; counted from 0. */
    public UpdateRule updateRule(AdapterFamily family, long step) {
        return UpdateRule.of(family, familyAdapter().map(FamilyAdapterSpec::family), adamW(step));
    }

    /** The objective of a valid spec. */
    public Objective objective() {
        return algorithm.objective(sampling.maxTokens());
    }

    /** The optimizer of a valid spec at a step, counted from 0. */
    public AdamW adamW(long step) {
        return new AdamW(
                learningRate(step),
                optimizer.beta1(),
                optimizer.beta2(),
                optimizer.epsilon(),
                optimizer.weightDecay(),
                optimizer.maxGradNorm());
    }

    /** The learning rate of a valid spec at a step, counted from 0. */
    public double learningRate(long step) {
        Decline decline = optimizer.decline();
        LearningRate.Decay decay = decline.decay();
        if (decay == null) throw unchecked();
        return new LearningRate(
                        optimizer.learningRate(), decline.warmupSteps(), decay, decline.lastRate(), schedule.steps())
                .at(step);
    }

    /** Whether steps are made of another run's rollouts. */
    public boolean replays() {
        return !replayOf.isEmpty();
    }

    /** Whether steps ask for rollouts: not where completions are given or recorded. */
    public boolean samples() {
        return !algorithm.supervised() && !replays();
    }

    /** What the state machine needs of a valid spec. */
    public RunLimits limits(int maxAttempts) {
        return new RunLimits(
                schedule.steps(),
                samples() ? schedule.groupsPerStep() : 0,
                samples() ? schedule.maxStaleness() : 0,
                schedule.deterministic(),
                maxAttempts,
                algorithm.samples().dynamicSampling() ? algorithm.samples().maxRefills() : 0);
    }

    static Failure unchecked() {
        return new Failure(Failure.Kind.BUG, "a run spec was used before it was validated");
    }
}
