package dev.thirteen.cli;

import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.Decay;
import dev.thirteen.proto.training.v1.EvaluationPlan;
import dev.thirteen.proto.training.v1.Optimizer;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.List;
import java.util.Map;

/** Turns the sections of a run file into a spec. Types and words are checked here; ranges and combinations by the server. */
final class RunSections {
    private static final Map<String, Decay> DECAY =
            Map.of("constant", Decay.DECAY_CONSTANT, "linear", Decay.DECAY_LINEAR, "cosine", Decay.DECAY_COSINE);
    /** What a request to sample may have, and a training run not; the server refuses top-p and top-k by value. */
    private static final List<String> FILTERS =
            List.of("min-p", "repetition-penalty", "presence-penalty", "frequency-penalty", "logit-bias");

    private final SourceFile source;
    private final DataSetSection dataSets;

    RunSections(SourceFile source, List<DataSetBlob> blobs) {
        this.source = source;
        this.dataSets = new DataSetSection(source, blobs);
    }

    RunSpec read(Section top) {
        top.require("name", "base-model", "data-set", "prompt", "optimizer", "steps");
        RunSpec.Builder spec = RunSpec.newBuilder().setName(top.text("name", ""));
        String folder = top.text("base-model", "");
        if (!folder.isEmpty()) {
            top.made("base-model", () -> Places.modelFolder(source.path(), folder))
                    .ifPresent(place -> spec.setBaseModel(BaseModel.newBuilder().setFolder(place)));
        }
        spec.setDataSet(dataSets.read(top)).setPrompt(prompt(top.section("prompt")));
        Section reward = top.section("reward");
        new AdapterSection(top.section("adapter")).read(spec);
        AlgorithmSection algorithm = new AlgorithmSection(top.section("algorithm"));
        Sampling sampling = sampling(top.section("sampling"), top.whole("seed", RunDefaults.SEED));
        if (reward.present()) spec.setReward(RewardSection.read(reward));
        spec.setSampling(sampling).setOptimizer(optimizer(top.section("optimizer")));
        spec.setReplayOf(top.text("replay-of", ""));
        boolean filtered = spec.getReplayOf().isEmpty() && !RewardSection.controls(spec.getReward());
        spec.setAlgorithm(algorithm.read(sampling.getMaxTokens(), filtered));
        boolean supervised = spec.getAlgorithm().getName().equals(Algorithm.SFT.label());
        if (supervised) {
            top.idle("reward", "with algorithm.name: sft, which judges nothing");
            top.idle("group-deadline", "with algorithm.name: sft, which asks for no groups");
        } else {
            top.require("reward");
        }
        spec.setCheckpointVolume(top.text("checkpoint-volume", ""));
        schedule(top, spec, supervised ? 1 : RunDefaults.SAMPLES_PER_GROUP);
        Section evaluation = top.section("evaluation");
        if (evaluation.present()) spec.setEvaluation(evaluation(evaluation));
        top.end();
        return spec.build();
    }

    private static void schedule(Section top, RunSpec.Builder spec, int samples) {
        spec.setSteps(top.whole("steps", 0))
                .setGroupsPerStep(top.count("groups-per-step", RunDefaults.GROUPS_PER_STEP))
                .setSamplesPerGroup(top.count("samples-per-group", samples))
                .setMaxStaleness(top.count("max-staleness", RunDefaults.MAX_STALENESS))
                .setInFlight(top.flag("in-flight", RunDefaults.IN_FLIGHT))
                .setMicroBatchTokens(top.count("micro-batch-tokens", RunDefaults.MICRO_BATCH_TOKENS))
                .setGroupDeadlineMs(top.duration("group-deadline", RunDefaults.GROUP_DEADLINE)
                        .toMillis())
                .setDeterministic(top.flag("deterministic", RunDefaults.DETERMINISTIC));
    }

    private static PromptTemplate prompt(Section section) {
        section.require("user");
        PromptTemplate prompt = PromptTemplate.newBuilder()
                .setSystem(section.text("system", RunDefaults.SYSTEM))
                .setUser(section.text("user", ""))
                .setChat(section.flag("chat", RunDefaults.CHAT))
                .build();
        section.end();
        return prompt;
    }

    private static Sampling sampling(Section section, long seed) {
        for (String filter : FILTERS) {
            section.refuse(
                    filter, "must be off in training: a filtered sample has no log-probability under the policy");
        }
        section.refuse("stop", "must be off in training: samples end by a stop token");
        Sampling sampling = Sampling.newBuilder()
                .setTemperature((float) section.number("temperature", RunDefaults.TEMPERATURE))
                .setMaxTokens(section.count("max-tokens", RunDefaults.MAX_TOKENS))
                .setTopP((float) section.number("top-p", 0))
                .setTopK(section.count("top-k", 0))
                .setSeed(seed)
                .build();
        section.end();
        return sampling;
    }

    private static Optimizer optimizer(Section section) {
        section.require("learning-rate");
        Decay decay = section.choice("decay", DECAY, Decay.DECAY_CONSTANT);
        if (decay == Decay.DECAY_CONSTANT) {
            section.idle("last-learning-rate", "with decay: constant", "use linear or cosine");
        }
        Optimizer optimizer = Optimizer.newBuilder()
                .setLearningRate(section.number("learning-rate", 0))
                .setBeta1(section.number("beta1", RunDefaults.BETA1))
                .setBeta2(section.number("beta2", RunDefaults.BETA2))
                .setEpsilon(section.number("epsilon", RunDefaults.EPSILON))
                .setWeightDecay(section.number("weight-decay", RunDefaults.WEIGHT_DECAY))
                .setMaxGradNorm(section.number("max-grad-norm", RunDefaults.MAX_GRAD_NORM))
                .setWarmupSteps(section.count("warmup-steps", RunDefaults.WARMUP_STEPS))
                .setDecay(decay)
                .setLastLearningRate(section.number("last-learning-rate", 0))
                .build();
        section.end();
        return optimizer;
    }

    private EvaluationPlan evaluation(Section section) {
        section.require("data-set");
        EvaluationPlan plan = EvaluationPlan.newBuilder()
                .setDataSet(dataSets.read(section))
                .setProblems(section.count("problems", RunDefaults.EVALUATION_PROBLEMS))
                .build();
        section.end();
        return plan;
    }
}
