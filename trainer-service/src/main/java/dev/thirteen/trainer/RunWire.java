package dev.thirteen.trainer;

import dev.thirteen.core.optim.LearningRate;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.RunPhase;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.run.RunSpec.DataSource;
import dev.thirteen.core.run.Window;
import dev.thirteen.kit.RewardTermWire;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Decay;
import dev.thirteen.proto.training.v1.Refill;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.RunState;
import org.jspecify.annotations.Nullable;

/** Runs between proto and core. Maps any value: whether it is allowed is core's to say. */
final class RunWire {
    private RunWire() {}

    static RunSpec spec(dev.thirteen.proto.training.v1.RunSpec wire) {
        var optimizer = wire.getOptimizer();
        return new RunSpec(
                wire.getName(),
                new RunSpec.Base(
                        wire.getBaseModel().getFolder(), wire.getBaseModel().getDigest()),
                data(wire.getDataSet()),
                new RunSpec.Prompt(
                        wire.getPrompt().getSystem(),
                        wire.getPrompt().getUser(),
                        wire.getPrompt().getChat()),
                reward(wire.getReward()),
                AdapterShapeWire.shape(wire),
                AlgorithmWire.spec(wire.getAlgorithm()),
                sampling(wire.getSampling()),
                new RunSpec.Optimizer(
                        optimizer.getLearningRate(),
                        optimizer.getBeta1(),
                        optimizer.getBeta2(),
                        optimizer.getEpsilon(),
                        optimizer.getWeightDecay(),
                        optimizer.getMaxGradNorm(),
                        new RunSpec.Decline(
                                optimizer.getWarmupSteps(),
                                decay(optimizer.getDecay()),
                                optimizer.getLastLearningRate())),
                schedule(wire),
                new RunSpec.Evaluation(
                        data(wire.getEvaluation().getDataSet()),
                        wire.getEvaluation().getProblems()),
                wire.getReplayOf());
    }

    private static RunSpec.Reward reward(Reward wire) {
        return new RunSpec.Reward(wire.getScorer(), wire.getExtraction(), RewardTermWire.terms(wire.getTermsList()));
    }

    private static RunSpec.Sampling sampling(Sampling wire) {
        return new RunSpec.Sampling(
                wire.getTemperature(),
                wire.getTopP(),
                wire.getTopK(),
                wire.getMinP(),
                wire.getRepetitionPenalty(),
                wire.getLogitBiasMap(),
                wire.getStopList(),
                wire.getMaxTokens(),
                wire.getSeed());
    }

    /** The group that a record names. */
    static GroupRequest request(GroupId id) {
        return new GroupRequest(id.getStep(), id.getGroup(), id.getAttempt());
    }

    static RunPhase phase(dev.thirteen.proto.training.v1.RunPhase wire) {
        return switch (wire) {
            case RUN_PHASE_PREPARING -> RunPhase.PREPARING;
            case RUN_PHASE_RUNNING -> RunPhase.RUNNING;
            case RUN_PHASE_PAUSED -> RunPhase.PAUSED;
            case RUN_PHASE_FINISHED -> RunPhase.FINISHED;
            case RUN_PHASE_CANCELLED -> RunPhase.CANCELLED;
            case RUN_PHASE_FAILED -> RunPhase.FAILED;
            case RUN_PHASE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException("a run was recorded without a phase: " + wire);
        };
    }

    static dev.thirteen.proto.training.v1.RunPhase phase(RunPhase phase) {
        return switch (phase) {
            case PREPARING -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_PREPARING;
            case RUNNING -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_RUNNING;
            case PAUSED -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_PAUSED;
            case FINISHED -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_FINISHED;
            case CANCELLED -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_CANCELLED;
            case FAILED -> dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_FAILED;
        };
    }

    /** The window that a record of a live run describes. */
    static Window window(RunState recorded, int groupsPerStep) {
        Window window = Window.of(recorded.getStep(), recorded.getRequestedSteps(), groupsPerStep);
        for (Refill refill : recorded.getRefillsList()) {
            GroupRequest request = new GroupRequest(refill.getStep(), refill.getGroup(), refill.getAttempt());
            window = refill.getLost()
                    ? window.withLost(request, refill.getFlat())
                    : window.onAttempt(request, refill.getFlat());
        }
        return window;
    }

    private static DataSource data(DataSet wire) {
        return switch (wire.getSourceCase()) {
            case BLOB_DIGEST -> new DataSource.Blob(wire.getBlobDigest());
            case GENERATOR ->
                new DataSource.Generator(
                        wire.getGenerator().getName(),
                        wire.getGenerator().getSplit(),
                        wire.getGenerator().getSeed());
            case SOURCE_NOT_SET -> new DataSource.None();
        };
    }

    /** Whether runs on one base have adapters of one kind: their basis is the same. */
    static boolean sameAdapter(
            dev.thirteen.proto.training.v1.RunSpec one, dev.thirteen.proto.training.v1.RunSpec other) {
        return one.getAdapter().equals(other.getAdapter())
                && one.getFamilyAdapter().equals(other.getFamilyAdapter());
    }

    private static RunSpec.Schedule schedule(dev.thirteen.proto.training.v1.RunSpec wire) {
        return new RunSpec.Schedule(
                wire.getSteps(),
                wire.getGroupsPerStep(),
                wire.getSamplesPerGroup(),
                wire.getMaxStaleness(),
                wire.getMicroBatchTokens(),
                wire.getDeterministic(),
                wire.getGroupDeadlineMs(),
                wire.getInFlight());
    }

    private static LearningRate.@Nullable Decay decay(Decay wire) {
        return switch (wire) {
            case DECAY_UNSPECIFIED, DECAY_CONSTANT -> LearningRate.Decay.CONSTANT;
            case DECAY_LINEAR -> LearningRate.Decay.LINEAR;
            case DECAY_COSINE -> LearningRate.Decay.COSINE;
            case UNRECOGNIZED -> null;
        };
    }
}
