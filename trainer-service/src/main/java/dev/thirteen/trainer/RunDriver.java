package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.Effect;
import dev.thirteen.core.run.Effect.DropReason;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.OffsetLedger;
import dev.thirteen.core.run.RunEvent;
import dev.thirteen.core.run.RunPhase;
import dev.thirteen.core.run.Transition;
import dev.thirteen.core.run.Window;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** Feeds events to the live runs and performs the effects of their decisions. Used by the loop thread. */
final class RunDriver {
    private static final Logger LOG = Logger.getLogger(RunDriver.class);

    private final TrainerConfig config;
    private final RunIndex index;
    private final RunCommits commits;
    private final Background background;
    private final RecordedRollouts recorded;
    private final TrainerMeters meters;
    private final StepSpans spans;
    private final InstantSource clock;
    private final OffsetLedger<TopicPartition, StepOwner> ledger;
    private final Map<String, LiveRun> live = new LinkedHashMap<>();

    RunDriver(
            TrainerConfig config,
            RunIndex index,
            RunCommits commits,
            Background background,
            RecordedRollouts recorded,
            TrainerMeters meters,
            StepSpans spans) {
        this.config = config;
        this.index = index;
        this.commits = commits;
        this.background = background;
        this.recorded = recorded;
        this.meters = meters;
        this.spans = spans;
        this.clock = commits.clock();
        this.ledger = commits.ledger();
    }

    /**
     * Goes on with a recorded run; its requests are out, so nothing is asked for.
     *
     * @param asked when they went out: from then on their deadline counts
     */
    void restore(RunState record, Instant asked) {
        if (!RunWire.phase(record.getPhase()).live()) return;
        LiveRun run = new LiveRun(record, config.maxAttempts());
        record.getPendingList()
                .forEach(pending -> run.spans.put(
                        pending.getStep(), spans.resume(run.name, pending.getStep(), pending.getTraceparent())));
        run.state.openWindow().map(Window::awaited).orElse(List.of()).forEach(request -> run.asked.put(request, asked));
        live.put(run.name, run);
        load(run);
    }

    /** Creates a run. @throws Failure EXISTS */
    RunState create(RunSpec spec) {
        return create(Records.created(spec, clock.instant()));
    }

    /** Creates a run by its first record. @throws Failure EXISTS */
    RunState create(RunState record) {
        index.requireFree(record.getSpec().getName());
        LiveRun run = new LiveRun(record, config.maxAttempts());
        commits.create(run);
        live.put(run.name, run);
        load(run);
        return run.record;
    }

    /** Records an imported adapter. @return it, or the one of equal content that has its name @throws Failure EXISTS */
    NamedAdapter keep(NamedAdapter adapter) {
        String name = adapter.getPolicyVersion().getRun();
        index.requireNoRun(name);
        Optional<NamedAdapter> known = index.imported(name);
        if (known.isEmpty()) {
            commits.keep(adapter);
            return adapter;
        }
        String digest = adapter.getAdapter().getDigest();
        if (known.get().getAdapter().getDigest().equals(digest)) return known.get();
        throw new Failure(
                Failure.Kind.EXISTS,
                "an imported adapter is named '%s' already, and its content differs: %s, not %s"
                        .formatted(name, known.get().getAdapter().getDigest(), digest));
    }

    /** A caller's wish; the answer fails with NOT_FOUND, or CONFLICT when the wish does not fit the state. */
    void command(String name, RunEvent event, CompletableFuture<RunState> answer) {
        LiveRun run = live.get(name);
        if (run == null) {
            answer.complete(event instanceof RunEvent.Resume ? prepareAnew(name) : ended(name, event));
        } else if (event instanceof RunEvent.Resume && run.mustLoadFirst()) {
            run.resumes.add(answer);
            if (!run.loading) load(run);
        } else {
            apply(run, event);
            answer.complete(run.record);
            // The last wish counts, also before one that waits.
            refuseResumes(run, "it was paused or cancelled meanwhile");
        }
    }

    private void goOn(LiveRun run, CompletableFuture<RunState> resume) {
        try {
            command(run.name, new RunEvent.Resume(), resume);
        } catch (Failure e) {
            // The journal cannot go on: that is the loop's problem, not the caller's alone.
            if (e.kind() == Failure.Kind.OUTSIDE) throw e;
            resume.completeExceptionally(e);
        }
    }

    /** What stopped a failed run before its first request may be put right. */
    private RunState prepareAnew(String name) {
        RunState record = index.state(name);
        if (RunWire.phase(record.getPhase()) != RunPhase.FAILED) return ended(name, new RunEvent.Resume());
        LiveRun run = new LiveRun(record, config.maxAttempts());
        apply(run, new RunEvent.Resume());
        if (!run.state.phase().live()) throw conflict(name, "the topics do not take that it is resumed");
        live.put(name, run);
        load(run);
        return run.record;
    }

    private RunState ended(String name, RunEvent event) {
        RunState ended = index.state(name);
        if (event instanceof RunEvent.Cancel && RunWire.phase(ended.getPhase()) == RunPhase.CANCELLED) return ended;
        throw conflict(name, "the run has ended");
    }

    /** A record of scored-rollouts or dead-letters. */
    void record(ConsumerRecord<String, byte[]> record) {
        ledger.read(new TopicPartition(record.topic(), record.partition()), record.offset());
        try {
            if (record.topic().equals(Topics.DEAD_LETTERS.topic())) {
                deadLetter(record, DeadLetter.parseFrom(record.value()));
            } else {
                scored(record, ScoredRollout.parseFrom(record.value()));
            }
        } catch (InvalidProtocolBufferException e) {
            LOG.warnf("%s %d@%d cannot be read and is passed", record.topic(), record.offset(), record.partition());
            meters.dropped(DropReason.UNKNOWN);
        }
    }

    /** Asks again for what was not answered in time. */
    void checkDeadlines() {
        Instant now = clock.instant();
        for (LiveRun run : List.copyOf(live.values())) {
            if (run.mustLoadFirst() || run.state.phase() != RunPhase.RUNNING) continue;
            Instant latest = now.minus(deadline(run));
            for (GroupRequest request :
                    run.state.openWindow().map(Window::awaited).orElse(List.of())) {
                Instant asked = run.asked.getOrDefault(request, now);
                if (asked.isBefore(latest)) apply(run, new RunEvent.DeadlinePassed(request));
            }
        }
    }

    void close() {
        for (LiveRun run : live.values()) {
            if (run.workload != null) background.close(run.workload);
        }
    }

    private Duration deadline(LiveRun run) {
        long millis = run.spec.schedule().groupDeadlineMillis();
        return millis == 0 ? config.groupDeadline() : Duration.ofMillis(millis);
    }

    private void scored(ConsumerRecord<String, byte[]> record, ScoredRollout scored) {
        var request = scored.getRollout().getRequest();
        LiveRun run = live.get(request.getId().getRun());
        if (run == null) {
            meters.dropped(DropReason.ENDED);
            return;
        }
        GroupRequest group = RunWire.request(request.getId());
        long policyStep = ScoredGroup.oldestPolicy(scored.getRollout());
        RunEvent event = ScoredGroup.problem(scored, run.record)
                .<RunEvent>map(problem -> new RunEvent.GroupFailed(group, problem))
                .orElseGet(() -> new RunEvent.GroupScored(group, policyStep, ScoredGroup.signal(scored)));
        arrived(run, new Arrival(record, group, Optional.of(scored), event));
    }

    private void deadLetter(ConsumerRecord<String, byte[]> record, DeadLetter letter) {
        LiveRun run = live.get(letter.getId().getRun());
        LOG.warnf(
                "%s parked a group of run '%s': %s",
                letter.getService(), letter.getId().getRun(), letter.getReason());
        meters.parked(letter.getService());
        if (run == null) return;
        GroupRequest group = RunWire.request(letter.getId());
        String reason = letter.getService() + ": " + letter.getReason();
        arrived(run, new Arrival(record, group, Optional.empty(), new RunEvent.GroupFailed(group, reason)));
    }

    /** Until it is decided, the offset of a record is not passed. */
    private void arrived(LiveRun run, Arrival arrival) {
        StepOwner owner = new StepOwner(run.name, arrival.request().step());
        ledger.hold(arrival.partition(), arrival.record().offset(), owner);
        if (run.mustLoadFirst()) {
            run.waiting.add(arrival);
        } else {
            decide(run, arrival);
        }
    }

    private void decide(LiveRun run, Arrival arrival) {
        var before = run.state;
        Transition transition = run.decide(arrival.event());
        boolean held = transition.effects().stream().anyMatch(effect -> effect instanceof Effect.Hold);
        if (!held) ledger.release(arrival.partition(), arrival.record().offset());
        if (held && arrival.event() instanceof RunEvent.GroupScored) {
            run.keep(arrival.request(), arrival.scored().orElseThrow());
            Optional.ofNullable(run.spans.get(arrival.request().step()))
                    .ifPresent(span -> spans.link(span, arrival.record()));
        }
        perform(run, before, transition);
    }

    private void apply(LiveRun run, RunEvent event) {
        var before = run.state;
        perform(run, before, run.decide(event));
    }

    private void perform(LiveRun run, dev.thirteen.core.run.RunState before, Transition transition) {
        for (Effect effect : transition.effects()) {
            switch (effect) {
                case Effect.Commit commit -> {
                    Optional<String> refused = commit(run, commit);
                    if (refused.isEmpty()) continue;
                    run.state = before;
                    refused(run, refused.get());
                    return;
                }
                case Effect.ComputeStep(long step) -> compute(run, step);
                case Effect.Hold(long _) -> {}
                case Effect.Drop(DropReason reason) -> {
                    if (reason == DropReason.STALE) run.stale++;
                    meters.dropped(reason);
                }
                case Effect.Refuse(String reason) -> throw conflict(run.name, reason);
            }
        }
    }

    private Optional<String> commit(LiveRun run, Effect.Commit commit) {
        Optional<String> refused = commits.commit(run, commit);
        if (refused.isPresent()) return refused;
        if (!commit.reason().isEmpty()) LOG.warnf("run '%s' is %s: %s", run.name, commit.phase(), commit.reason());
        if (commit.phase().live()) return Optional.empty();
        live.remove(run.name);
        if (run.workload != null) background.close(run.workload);
        return Optional.empty();
    }

    /** Stops the run, with a commit that is smaller than the refused one. */
    private void refused(LiveRun run, String reason) {
        Transition stop = run.decide(new RunEvent.CommitRefused(reason));
        for (Effect effect : stop.effects()) {
            if (!(effect instanceof Effect.Commit commit) || commit(run, commit).isEmpty()) continue;
            throw new Failure(
                    Failure.Kind.OUTSIDE, "topic run-state does not even take that run '" + run.name + "' is stopped");
        }
    }

    private void compute(LiveRun run, long step) {
        // Asked again by a resume while the engine is at it: one computation is enough.
        if (run.computing == step) return;
        run.computing = step;
        List<ScoredRollout> groups = run.groups(step);
        Supplier<List<ScoredRollout>> used =
                run.spec.replays() ? () -> recorded.groups(run.spec.replayOf(), step, run.record) : () -> groups;
        StepComputation computation = new StepComputation(run.spec, run.record, used, commits.blobs());
        background.compute(run, computation, outcome -> {
            run.computing = LiveRun.NONE;
            switch (outcome) {
                case StepOutcome.Computed computed -> {
                    run.outcome = computed;
                    apply(run, computed(run, step, computed.metrics().getSkipped()));
                }
                case StepOutcome.Unusable(String reason) -> apply(run, new RunEvent.StepFailed(step, reason));
            }
        });
    }

    private static RunEvent computed(LiveRun run, long step, String skipped) {
        return skipped.isEmpty()
                ? new RunEvent.StepComputed(step)
                : new RunEvent.StepSkipped(step, skipped, run.record.getSkippedInARow());
    }

    private void load(LiveRun run) {
        run.loading = true;
        background.prepare(run, workload -> loaded(run, workload), reason -> notLoaded(run, reason));
    }

    private void loaded(LiveRun run, Workload workload) {
        run.loading = false;
        index.idle(run.name);
        if (!run.state.phase().live()) {
            background.close(workload);
            return;
        }
        run.workload = workload;
        if (run.state.preparing() && !prepared(run, workload)) return;
        List<Arrival> waiting = List.copyOf(run.waiting);
        run.waiting.clear();
        for (Arrival arrival : waiting) decide(run, arrival);
        goOnAlone(run);
        for (CompletableFuture<RunState> resume : run.takeResumes()) goOn(run, resume);
    }

    /** Whether what the run starts with could be kept. */
    private boolean prepared(LiveRun run, Workload workload) {
        try {
            run.record = Records.prepared(run.record, run.spec, workload, commits.startStore(run));
        } catch (Failure e) {
            if (run.record.getSpec().getCheckpointVolume().isEmpty()) throw e;
            notLoaded(run, String.valueOf(e.getMessage()));
            return false;
        }
        apply(run, new RunEvent.Prepared());
        return true;
    }

    /** A step that waits for no group has nothing else that would set it going after a restart. */
    private void goOnAlone(LiveRun run) {
        if (run.spec.samples() || run.state.phase() != RunPhase.RUNNING) return;
        compute(run, run.state.committed());
    }

    /** What has come in is kept: it is decided when the run can go on. */
    private void notLoaded(LiveRun run, String reason) {
        run.loading = false;
        index.idle(run.name);
        apply(run, new RunEvent.LoadFailed(reason));
        refuseResumes(run, reason);
    }

    private static void refuseResumes(LiveRun run, String reason) {
        for (CompletableFuture<RunState> resume : run.takeResumes())
            resume.completeExceptionally(conflict(run.name, reason));
    }

    private static Failure conflict(String run, String reason) {
        return new Failure(Failure.Kind.CONFLICT, "run '" + run + "': " + reason);
    }
}
