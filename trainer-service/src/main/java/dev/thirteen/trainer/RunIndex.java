package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What is committed, for readers: the latest state of every run, where every step lies, and imported adapters. The loop writes,
 * handlers read and wait. A reader holds a position of its own, so that a slow one keeps nobody waiting. Of the steps the
 * newest are held; older ones are read from the log. Shared by threads.
 */
@Singleton
class RunIndex {
    /** Most steps that are read at once. */
    static final int PAGE = 256;

    private static final long RECENT_BYTES = 32L << 20;

    private final StepLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, RunState> states = new LinkedHashMap<>();
    private final StepIndex steps;
    private final Map<String, String> activities = new LinkedHashMap<>();
    private final Map<String, NamedAdapter> imports = new LinkedHashMap<>();
    /** Change by which a run's state or an imported adapter came to be what it is, the oldest first. */
    private final SequencedMap<String, Long> changes = new LinkedHashMap<>();

    private long version;

    @Inject
    RunIndex(StepLog log) {
        this(log, RECENT_BYTES);
    }

    /** @param recentBytes of steps that are held, over all runs */
    RunIndex(StepLog log, long recentBytes) {
        this.log = log;
        this.steps = new StepIndex(recentBytes);
    }

    /** A run's latest state. */
    void committed(RunState state) {
        change(() -> put(state));
    }

    /** A step, where it lies in the log, and the state after it, as one change. */
    void committed(RunState state, StepRecord step, long offset) {
        change(() -> {
            put(state);
            steps.add(step, offset);
        });
    }

    /** A step as the log has it. Its run's state comes apart. */
    void replayed(StepRecord step, long offset) {
        change(() -> steps.add(step, offset));
    }

    /** An imported adapter that the topic holds. */
    void kept(NamedAdapter adapter) {
        String name = adapter.getPolicyVersion().getRun();
        change(() -> {
            imports.put(name, adapter);
            changes.putLast(name, version);
        });
    }

    private void put(RunState state) {
        String name = state.getSpec().getName();
        states.put(name, state);
        changes.putLast(name, version);
    }

    /** What a run that is being prepared is doing, in words. */
    void activity(String run, String words) {
        change(() -> activities.put(run, words));
    }

    /** The run is doing nothing worth words any more. */
    void idle(String run) {
        change(() -> activities.remove(run));
    }

    boolean exists(String run) {
        return locked(() -> states.containsKey(run));
    }

    /** @throws Failure NOT_FOUND for the run of another tenant, in the words for one that there is not */
    void requireSeen(Caller caller, String run) {
        if (!caller.sees(run)) throw unknown(run);
    }

    /** @throws Failure EXISTS when a run has the name */
    void requireNoRun(String name) {
        if (exists(name)) throw new Failure(Failure.Kind.EXISTS, "a run named '" + name + "' exists already");
    }

    /** @throws Failure EXISTS when a run or an imported adapter has the name */
    void requireFree(String name) {
        requireNoRun(name);
        if (imported(name).isEmpty()) return;
        throw new Failure(Failure.Kind.EXISTS, "an imported adapter is named '" + name + "' already");
    }

    /** The imported adapter of a name. */
    Optional<NamedAdapter> imported(String name) {
        return locked(() -> Optional.ofNullable(imports.get(name)));
    }

    /** All imported adapters, oldest first. */
    List<NamedAdapter> imports() {
        return locked(() -> imports.values().stream()
                .sorted(Comparator.comparingLong(NamedAdapter::getCommittedUnixNano))
                .toList());
    }

    /** The latest state. @throws Failure NOT_FOUND */
    RunState state(String run) {
        return locked(() -> required(run));
    }

    /** The run as clients see it. @throws Failure NOT_FOUND */
    Run run(String run) {
        return locked(() -> view(required(run)));
    }

    /** All runs, oldest first. */
    List<Run> runs() {
        return locked(() -> states.values().stream()
                .sorted(Comparator.comparingLong(RunState::getCreatedUnixNano))
                .map(this::view)
                .toList());
    }

    /** All latest states, oldest run first. */
    List<RunState> states() {
        return locked(() -> states.values().stream()
                .sorted(Comparator.comparingLong(RunState::getCreatedUnixNano))
                .toList());
    }

    /**
     * Steps of a run after which more than {@code committed} are done: the oldest, at most {@link #PAGE} of them.
     *
     * @throws Failure NOT_FOUND, OUTSIDE when the log cannot be read
     */
    List<StepRecord> steps(String run, long committed) {
        return read(locked(() -> {
            required(run);
            return steps.after(run, committed, PAGE);
        }));
    }

    /** The step after which {@code committed} steps are done; empty when there is none. @throws Failure as for steps */
    Optional<StepRecord> step(String run, long committed) {
        List<StepRecord> found = read(locked(() -> {
            required(run);
            return steps.at(run, committed);
        }));
        return found.stream().findFirst();
    }

    /** Reads without the lock: a broker that is slow keeps nobody else waiting. */
    private List<StepRecord> read(StepIndex.Found found) {
        List<Long> old = found.offsets().stream()
                .filter(offset -> !found.recent().containsKey(offset))
                .toList();
        Iterator<StepRecord> read = (old.isEmpty() ? List.<StepRecord>of() : log.read(old)).iterator();
        List<StepRecord> all = new ArrayList<>(found.offsets().size());
        for (Long offset : found.offsets()) {
            byte[] recent = found.recent().get(offset);
            all.add(recent == null ? read.next() : parsed(recent));
        }
        return all;
    }

    private static StepRecord parsed(byte[] own) {
        try {
            return StepRecord.parseFrom(own);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a record that was written here cannot be read", e);
        }
    }

    /** The blob that is a run's state after a step, where it is one. */
    Optional<String> stateDigest(String run, long step) {
        return locked(() -> steps.stateDigest(run, step));
    }

    /**
     * Whether a run but for one's old steps needs a blob as its state.
     *
     * @param run whose steps up to {@code step} do not count
     */
    boolean needsState(String digest, String run, long step) {
        return locked(() -> steps.needsState(digest, run, step)
                || states.values().stream()
                        .anyMatch(state -> state.getOptimizerDigest().equals(digest)));
    }

    /** Number of changes so far. */
    long version() {
        return locked(() -> version);
    }

    /**
     * What has another state than before.
     *
     * @param version number of changes when this was asked for
     * @param names of runs and imported adapters, in the order of their last changes
     */
    record Changes(long version, List<String> names) {}

    /** The runs and imported adapters that the changes after the first {@code seen} left otherwise. */
    Changes changesAfter(long seen) {
        return locked(() -> new Changes(
                version,
                changes.sequencedEntrySet().reversed().stream()
                        .takeWhile(change -> change.getValue() > seen)
                        .map(Map.Entry::getKey)
                        .toList()
                        .reversed()));
    }

    /** Waits until there are more changes than {@code seen}, or the time is up. */
    void await(long seen, Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = time.toNanos();
            while (version <= seen && left > 0) left = changed.awaitNanos(left);
        } finally {
            lock.unlock();
        }
    }

    private RunState required(String run) {
        RunState state = states.get(run);
        if (state == null) throw unknown(run);
        return state;
    }

    private static Failure unknown(String run) {
        return new Failure(Failure.Kind.NOT_FOUND, "there is no run named '" + run + "'")
                .because(Failure.Reason.RUN_UNKNOWN);
    }

    private Run view(RunState state) {
        String name = state.getSpec().getName();
        return RunView.of(state, steps.secondsAStep(name), activities.getOrDefault(name, ""));
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            version++;
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }
}
