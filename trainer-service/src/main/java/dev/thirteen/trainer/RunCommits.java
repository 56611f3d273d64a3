package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.Effect.Commit;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.OffsetLedger;
import dev.thirteen.core.run.RunLimits;
import dev.thirteen.core.training.TrainedState;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.PendingStep;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.StepRecord;
import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** Turns a decided commit into one transaction, and tells the index. Used by the loop thread. */
final class RunCommits {
    private static final Logger LOG = Logger.getLogger(RunCommits.class);

    private final Journal journal;
    private final RunIndex index;
    private final StateBlobs blobs;
    private final int keptStates;
    private final StepSpans spans;
    private final TrainerMeters meters;
    private final InstantSource clock;
    private final OffsetLedger<TopicPartition, StepOwner> ledger = new OffsetLedger<>();
    private final Map<TopicPartition, Long> committed = new HashMap<>();

    /** @param keptStates see {@link TrainerConfig#keptStates()} */
    RunCommits(
            Journal journal,
            RunIndex index,
            StateBlobs blobs,
            int keptStates,
            StepSpans spans,
            TrainerMeters meters,
            InstantSource clock) {
        this.journal = journal;
        this.blobs = blobs;
        this.keptStates = keptStates;
        this.index = index;
        this.spans = spans;
        this.meters = meters;
        this.clock = clock;
    }

    OffsetLedger<TopicPartition, StepOwner> ledger() {
        return ledger;
    }

    StateBlobs blobs() {
        return blobs;
    }

    /** The clock of the records. */
    InstantSource clock() {
        return clock;
    }

    /** Keeps what a run starts with: before its first commit, as its basis. Throws Failure OUTSIDE when nobody takes it. */
    BlobStore startStore(LiveRun run) {
        return new BlobStore() {
            @Override
            public String put(byte[] content) {
                return keepForStart(run, staged -> staged.put(content));
            }

            @Override
            public String put(TrainedState state, int skippedInARow) {
                return keepForStart(run, staged -> staged.put(state, skippedInARow));
            }
        };
    }

    private String keepForStart(LiveRun run, Function<StagedBlobs, String> put) {
        StagedBlobs staged = new StagedBlobs(blobs, volume(run));
        String digest = put.apply(staged);
        if (staged.records().isEmpty()) return digest;
        Optional<String> refused = journal.write(staged.records(), Map.of()).refused();
        staged.settle(refused.isEmpty());
        refused.ifPresent(reason -> {
            throw new Failure(Failure.Kind.OUTSIDE, "blob " + digest + " cannot be written: " + reason);
        });
        return digest;
    }

    /** Writes the first record of a run. @throws Failure CALLER when the topic will never take it */
    void create(LiveRun run) {
        journal.write(List.of(record(Topics.RUN_STATE, run.name, run.record.toByteArray())), Map.of())
                .refused()
                .ifPresent(reason -> {
                    throw new Failure(Failure.Kind.CALLER, "run '" + run.name + "' cannot be recorded: " + reason);
                });
        index.committed(run.record);
    }

    /** Writes the record of an imported adapter. @throws Failure CALLER when the topic will never take it */
    void keep(NamedAdapter adapter) {
        String name = adapter.getPolicyVersion().getRun();
        journal.write(List.of(record(Topics.ADAPTERS, name, adapter.toByteArray())), Map.of())
                .refused()
                .ifPresent(reason -> {
                    throw new Failure(Failure.Kind.CALLER, "adapter '" + name + "' cannot be recorded: " + reason);
                });
        index.kept(adapter);
    }

    /**
     * Writes run state, step, requests and offsets, all or nothing; then the run's record is the new one.
     *
     * @return why the topics will never take them, and nothing has changed; empty when they are committed
     */
    Optional<String> commit(LiveRun run, Commit commit) {
        Instant now = clock.instant();
        RunState before = run.record;
        List<ScoredRollout> used = commit.trained() ? run.groups(before.getStep()) : List.of();
        StagedBlobs staged = new StagedBlobs(blobs, volume(run));
        RunState after;
        try {
            after = next(run, commit, now, staged);
        } catch (Failure e) {
            return notKept(run, staged, e);
        }
        Optional<StepRecord> step = commit.trained()
                ? Optional.of(Records.step(after, used, StepSpans.traceId(span(run, before.getStep()))))
                : Optional.empty();

        if (commit.trained()) expire(after, staged);
        List<ProducerRecord<String, byte[]>> records = records(run, commit, after, step);
        records.addAll(staged.records());
        Set<StepOwner> settled = settled(run, commit, before);
        Map<TopicPartition, OffsetAndMetadata> offsets = offsets(settled);
        Journal.Written written = journal.write(records, offsets);
        staged.settle(written.refused().isEmpty());
        if (written.refused().isPresent()) return written.refused();

        settled.forEach(ledger::settle);
        offsets.forEach((partition, offset) -> committed.put(partition, offset.offset()));
        run.record = after;
        for (GroupRequest request : commit.requests()) run.asked.put(request, now);
        step.ifPresentOrElse(
                entry -> index.committed(after, entry, written.stepOffset().orElseThrow()),
                () -> index.committed(after));
        meters.requested(commit.requests());
        step.ifPresent(entry -> told(run, entry));
        endSpans(run, commit, before);
        if (commit.trained()) run.forget(before.getStep());
        return Optional.empty();
    }

    private List<ProducerRecord<String, byte[]>> records(
            LiveRun run, Commit commit, RunState after, Optional<StepRecord> step) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        records.add(record(Topics.RUN_STATE, run.name, after.toByteArray()));
        step.ifPresent(entry -> records.add(record(Topics.RUN_STEPS, run.name, entry.toByteArray())));
        for (GroupRequest request : commit.requests()) records.add(request(run, after, request));
        return records;
    }

    /** A volume that is full or away stops the runs that lie on it, and no others. */
    private static Optional<String> notKept(LiveRun run, StagedBlobs staged, Failure why) {
        staged.settle(false);
        if (volume(run).isEmpty()) throw why;
        return Optional.of(String.valueOf(why.getMessage()));
    }

    /** Name of the checkpoint volume of a run; empty for none. */
    private static String volume(LiveRun run) {
        return run.record.getSpec().getCheckpointVolume();
    }

    private void told(LiveRun run, StepRecord step) {
        StepMetrics metrics = step.getMetrics();
        meters.trained(run.name, metrics);
        LOG.infof(
                "run '%s': step %d of %d, reward %.3f, %d tokens, %d ms",
                run.name,
                run.record.getStep(),
                run.machine.limits().steps(),
                metrics.getRewardMean(),
                metrics.getCompletionTokens(),
                metrics.getStepMs());
    }

    /** Removes the state that is one too many. */
    private void expire(RunState after, StagedBlobs staged) {
        long old = after.getStep() - keptStates;
        String run = after.getSpec().getName();
        if (old < 0 || after.getOptimizerDigest().isEmpty()) return;
        index.stateDigest(run, old)
                .filter(digest -> !digest.equals(after.getOptimizerDigest()))
                .filter(digest -> !index.needsState(digest, run, old))
                .ifPresent(staged::remove);
    }

    private RunState next(LiveRun run, Commit commit, Instant now, StagedBlobs staged) {
        RunState base = commit.trained() ? trained(run, now, staged) : run.record;
        RunState.Builder next = Records.settled(base, commit, pending(run, commit, now), now)
                .setStaleGroups(commit.trained() ? 0 : run.stale);
        run.state.openWindow().ifPresent(window -> Records.setWindow(next, window, run.spec));
        return next.build();
    }

    private RunState trained(LiveRun run, Instant now, StagedBlobs staged) {
        StepOutcome.Computed outcome = run.outcome;
        if (outcome == null) throw new IllegalStateException("a step is committed that was not computed");
        long began = run.record.getPendingList().stream()
                .filter(pending -> pending.getStep() == run.record.getStep())
                .findFirst()
                .map(PendingStep::getRequestedUnixNano)
                // Without requests a step begins when the one before is committed.
                .orElse(run.record.getUpdatedUnixNano());
        StepMetrics metrics = outcome.metrics().toBuilder()
                .setDropped(run.stale)
                .setReplacedGroups(Records.replacedGroups(run.record))
                .setStepMs((Records.nanos(now) - began) / 1_000_000)
                .build();
        return Records.trained(run.record, run.spec, outcome, metrics, staged);
    }

    /** Steps of the window with the time and the trace of their first requests; new ones begin now. */
    private List<PendingStep> pending(LiveRun run, Commit commit, Instant now) {
        Map<Long, PendingStep> known = run.record.getPendingList().stream()
                .collect(
                        Collectors.toMap(PendingStep::getStep, Function.identity(), (first, _) -> first, TreeMap::new));
        for (GroupRequest request : commit.requests()) {
            known.computeIfAbsent(request.step(), step -> {
                Span span = spans.start(run.name, step);
                run.spans.put(step, span);
                return PendingStep.newBuilder()
                        .setStep(step)
                        .setRequestedUnixNano(Records.nanos(now))
                        .setTraceparent(StepSpans.traceparent(span))
                        .build();
            });
        }
        long open = run.state.committed();
        if (!commit.phase().live()) return List.of();
        return known.values().stream()
                .filter(pending -> pending.getStep() >= open)
                .toList();
    }

    private ProducerRecord<String, byte[]> request(LiveRun run, RunState after, GroupRequest request) {
        RunLimits limits = run.machine.limits();
        long policyStep = limits.policyStep(request.step(), after.getStep());
        Workload workload = run.workload;
        if (workload == null) throw new IllegalStateException("requests are made before the prompts are there");
        RolloutRequest wire = Records.request(
                after, run.spec, request, workload.prompts().of(request), policyStep, adapter(after, policyStep));
        String key = run.name + "/" + request.step() + "/" + request.group();
        ProducerRecord<String, byte[]> record = record(Topics.ROLLOUT_REQUESTS, key, wire.toByteArray());
        spans.inject(span(run, request.step()), record);
        return record;
    }

    private Adapter adapter(RunState after, long policyStep) {
        String run = after.getSpec().getName();
        if (policyStep == after.getStep()) return after.getAdapter();
        PolicyVersion origin = after.getOrigin().getPolicyVersion();
        if (after.hasOrigin() && policyStep <= origin.getStep()) {
            return policyStep == origin.getStep()
                    ? after.getOrigin().getAdapter()
                    : adapter(index.state(origin.getRun()), policyStep);
        }
        if (policyStep == 0) return Records.start(after);
        return index.step(run, policyStep)
                .orElseThrow(
                        () -> new IllegalStateException("step " + policyStep + " of " + run + " is not in the log"))
                .getAdapter();
    }

    /** What the commit uses or drops for good. */
    private static Set<StepOwner> settled(LiveRun run, Commit commit, RunState before) {
        long last = commit.phase().live()
                ? (commit.trained() ? before.getStep() : before.getStep() - 1)
                : Math.max(before.getStep(), before.getRequestedSteps());
        return LongStream.rangeClosed(before.getStep(), last)
                .mapToObj(step -> new StepOwner(run.name, step))
                .collect(Collectors.toSet());
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(Set<StepOwner> settled) {
        Map<TopicPartition, OffsetAndMetadata> changed = new HashMap<>();
        ledger.committable(settled::contains).forEach((partition, offset) -> {
            if (!offset.equals(committed.get(partition))) changed.put(partition, new OffsetAndMetadata(offset));
        });
        return changed;
    }

    private static void endSpans(LiveRun run, Commit commit, RunState before) {
        Span trained = run.spans.get(before.getStep());
        if (commit.trained() && trained != null) trained.end();
        if (commit.phase().live()) return;
        run.spans.values().forEach(Span::end);
        run.spans.clear();
    }

    private static Span span(LiveRun run, long step) {
        return run.spans.getOrDefault(step, Span.getInvalid());
    }

    private static ProducerRecord<String, byte[]> record(Topics topic, String key, byte[] value) {
        return new ProducerRecord<>(topic.topic(), key, value);
    }
}
