package dev.thirteen.trainer;

import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.run.Effect.Commit;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.run.Window;
import dev.thirteen.core.sampling.SampleStreams;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.PolicyWire;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.training.v1.OptimizerState;
import dev.thirteen.proto.training.v1.PendingStep;
import dev.thirteen.proto.training.v1.Refill;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.UsedGroup;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/** The records that a commit consists of. */
final class Records {
    /** Longest state that a run's record holds itself. */
    static final int MOST_STATE_BYTES = 512 * 1024;

    private Records() {}

    /** First record of a run: the definition as accepted, nothing known yet. */
    static RunState created(dev.thirteen.proto.training.v1.RunSpec spec, Instant now) {
        return RunState.newBuilder()
                .setSpec(spec)
                .setPhase(dev.thirteen.proto.training.v1.RunPhase.RUN_PHASE_PREPARING)
                .setCreatedUnixNano(nanos(now))
                .setUpdatedUnixNano(nanos(now))
                .build();
    }

    /** The record with digests filled in and the adapter that training starts with; that of a fork has all. */
    static RunState prepared(RunState record, RunSpec spec, Workload workload, BlobStore store) {
        if (record.hasOrigin()) {
            return record.toBuilder()
                    .setDegreesOfFreedom(workload.degreesOfFreedom())
                    .build();
        }
        AdamState initial =
                AdamState.initial(spec.valueType().round(workload.family().start(seed(spec))));
        Adapter adapter = adapter(spec, workload.basisDigest(), initial.master(), store::put);
        RunState.Builder next = record.toBuilder()
                .setAdapter(adapter)
                .setTrainedNumbers(initial.master().length)
                .setDegreesOfFreedom(workload.degreesOfFreedom())
                .setTokenizerDigest(workload.tokenizerDigest());
        setOptimizer(next, new TrainedState(initial), store);
        if (spec.familyAdapter().isPresent() || !adapter.getValuesDigest().isEmpty()) next.setStart(adapter);
        next.getSpecBuilder().getBaseModelBuilder().setDigest(workload.baseDigest());
        return next.build();
    }

    /** The record after a trained step: optimizer and adapter moved on, values rounded as they are sent. */
    static RunState trained(
            RunState record, RunSpec spec, StepOutcome.Computed outcome, StepMetrics metrics, BlobStore store) {
        AdamState adam = outcome.state().adam();
        RunState.Builder next = record.toBuilder()
                .setStep(record.getStep() + 1)
                .setAdapter(adapter(spec, record.getAdapter().getBasisDigest(), adam.master(), store::put))
                .setMetrics(metrics)
                .setOptimizerUpdates(adam.step())
                .setSkippedInARow(metrics.getSkipped().isEmpty() ? 0 : record.getSkippedInARow() + 1);
        setOptimizer(next, outcome.state(), store);
        return next.build();
    }

    /**
     * A run's adapter as sent: values rounded to its number format.
     *
     * @param store keeps values that are too long for a message and gives their digest
     */
    static Adapter adapter(RunSpec spec, String basisDigest, float[] values, Function<byte[], String> store) {
        return spec.tinyLora()
                .map(shape -> AdapterWire.of(shape, basisDigest, values, store))
                .orElseGet(() -> AdapterWire.of(spec.valueType(), basisDigest, values, store));
    }

    private static long seed(RunSpec spec) {
        return spec.familyAdapter().map(FamilyAdapterSpec::seed).orElse(0L);
    }

    /** Beyond that a state is a blob, and the record holds its digest. */
    private static void setOptimizer(RunState.Builder next, TrainedState state, BlobStore store) {
        next.clearMaster()
                .clearFirstMoment()
                .clearSecondMoment()
                .clearAverages()
                .clearOptimizerDigest();
        if (OptimizerWire.bytes(state) > MOST_STATE_BYTES) {
            next.setOptimizerDigest(store.put(state, next.getSkippedInARow()));
            return;
        }
        OptimizerState optimizer = OptimizerWire.optimizer(state, next.getSkippedInARow());
        next.addAllMaster(optimizer.getMasterList())
                .addAllFirstMoment(optimizer.getFirstMomentList())
                .addAllSecondMoment(optimizer.getSecondMomentList());
        if (optimizer.hasAverages()) next.setAverages(optimizer.getAverages());
    }

    /** The record with phase, window and time of a commit. */
    static RunState.Builder settled(RunState record, Commit commit, List<PendingStep> pending, Instant now) {
        return record.toBuilder()
                .setPhase(RunWire.phase(commit.phase()))
                .setReason(commit.reason())
                .clearPending()
                .addAllPending(pending)
                .clearRefills()
                .setUpdatedUnixNano(nanos(now));
    }

    /** What a restart needs to know of the window. */
    static void setWindow(RunState.Builder next, Window window, RunSpec spec) {
        next.setRequestedSteps(window.requestedSteps())
                .setDataCursor(window.requestedSteps() * spec.schedule().groupsPerStep());
        for (GroupRequest request : window.changed()) {
            next.addRefills(Refill.newBuilder()
                    .setStep(request.step())
                    .setGroup(request.group())
                    .setAttempt(request.attempt())
                    .setFlat(window.flat(request))
                    .setLost(window.lost(request)));
        }
    }

    /** Attempts at the groups of the step that comes next that were replaced because their rewards were all equal. */
    static int replacedGroups(RunState record) {
        return record.getRefillsList().stream()
                .filter(refill -> refill.getStep() == record.getStep())
                .mapToInt(Refill::getFlat)
                .sum();
    }

    /** The log entry of a step; {@code after} is the run's record after it. */
    static StepRecord step(RunState after, List<ScoredRollout> groups, String traceId) {
        StepRecord.Builder step = StepRecord.newBuilder()
                .setPolicyVersion(version(after.getSpec().getName(), after.getStep()))
                .setAdapter(after.getAdapter())
                .setMetrics(after.getMetrics())
                .setCommittedUnixNano(after.getUpdatedUnixNano())
                .setTraceId(traceId)
                .setBaseModel(after.getSpec().getBaseModel())
                .setFamily(RunWire.spec(after.getSpec()).familyLabel())
                .setTrainedNumbers(after.getTrainedNumbers())
                .setDegreesOfFreedom(after.getDegreesOfFreedom());
        if (after.getOptimizerDigest().isEmpty()) step.setOptimizer(OptimizerWire.held(after));
        else step.setOptimizerDigest(after.getOptimizerDigest());
        for (ScoredRollout group : groups) {
            RolloutRequest request = group.getRollout().getRequest();
            step.addGroups(UsedGroup.newBuilder()
                    .setGroup(request.getId().getGroup())
                    .setAttempt(request.getId().getAttempt())
                    .setProblemId(request.getRewardTask().getProblemId())
                    .addAllRewards(group.getVerdictsList().stream()
                            .map(Verdict::getReward)
                            .toList()));
        }
        return step.build();
    }

    /** A request under a policy version, whose adapter is given. */
    static RolloutRequest request(
            RunState record,
            RunSpec spec,
            GroupRequest group,
            Prompts.Prompt prompt,
            long policyStep,
            Adapter adapter) {
        int samples = spec.schedule().samplesPerGroup();
        return RolloutRequest.newBuilder()
                .setId(GroupId.newBuilder()
                        .setRun(spec.name())
                        .setStep(group.step())
                        .setGroup(group.group())
                        .setAttempt(group.attempt()))
                .setPolicyVersion(version(spec.name(), policyStep))
                .setBaseModel(record.getSpec().getBaseModel())
                .setAdapter(adapter)
                .addAllPromptTokenIds(com.google.common.primitives.Ints.asList(prompt.tokens()))
                .setSamples(samples)
                .setSampling(PolicyWire.sampling(spec.samplingParameters()))
                .setFirstStream(SampleStreams.firstStream(group.step(), group.group(), group.attempt(), samples))
                .setDeterministic(spec.schedule().deterministic())
                .setInFlight(spec.schedule().inFlight())
                .setRewardTask(task(record, spec, prompt.problem()))
                .setOccurredUnixNano(record.getUpdatedUnixNano())
                .build();
    }

    private static RewardTask task(RunState record, RunSpec spec, Problem problem) {
        RewardTask.Builder task = RewardTask.newBuilder()
                .setAnswer(problem.answer())
                .setProblemId(problem.id())
                .setScorer(spec.reward().scorer())
                .setExtraction(spec.reward().extraction())
                .addAllTerms(record.getSpec().getReward().getTermsList());
        RewardSpec reward = spec.reward().spec();
        if (reward.needsQuestion()) task.setQuestion(problem.question());
        if (reward.has(TermKind.WrongLabel.class)) task.setWrongAnswer(problem.wrongAnswer());
        return task.build();
    }

    /** The adapter that a run starts with: zeros where its record has none. */
    static Adapter start(RunState record) {
        if (record.hasStart()) return record.getStart();
        RunSpec spec = RunWire.spec(record.getSpec());
        float[] zeros = new float
                [record.getAdapter().getValues().size() / spec.valueType().bytes()];
        return adapter(spec, record.getAdapter().getBasisDigest(), zeros, Digests::sha256);
    }

    static PolicyVersion version(String run, long step) {
        return PolicyVersion.newBuilder().setRun(run).setStep(step).build();
    }

    static long nanos(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
