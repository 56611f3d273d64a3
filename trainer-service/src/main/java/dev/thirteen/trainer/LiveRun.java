package dev.thirteen.trainer;

import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.RunMachine;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.run.RunState;
import dev.thirteen.core.run.Transition;
import dev.thirteen.core.run.Window;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A run that may still train: its state, its last record, and what has come in for it. Used by the loop thread. */
final class LiveRun {
    /** No step is being computed. */
    static final long NONE = -1;

    final String name;
    final RunSpec spec;
    final RunMachine machine;
    /** Spans of requested, uncommitted steps. */
    final Map<Long, Span> spans = new TreeMap<>();
    /** When each unanswered request was made, as far as this process knows. */
    final Map<GroupRequest, Instant> asked = new HashMap<>();

    /** Scored groups by step and group. */
    private final Map<Long, TreeMap<Integer, ScoredRollout>> kept = new HashMap<>();

    /** What came in before base and prompts were there. */
    final List<Arrival> waiting = new ArrayList<>();
    /** Callers who wait for base and prompts, to go on. */
    final List<CompletableFuture<dev.thirteen.proto.training.v1.RunState>> resumes = new ArrayList<>();

    RunState state;
    /** The last committed record: what a restart would read. The next step starts from it, not from memory. */
    dev.thirteen.proto.training.v1.RunState record;

    @Nullable
    Workload workload;

    boolean loading;
    long computing = NONE;
    StepOutcome.@Nullable Computed outcome;
    /** Groups that came too stale since the last committed step. */
    int stale;

    LiveRun(dev.thirteen.proto.training.v1.RunState record, int maxAttempts) {
        this.record = record;
        this.spec = RunWire.spec(record.getSpec());
        this.name = spec.name();
        this.stale = record.getStaleGroups();
        this.machine = new RunMachine(spec.limits(maxAttempts));
        Window window = RunWire.window(record, machine.limits().groupsPerStep());
        this.state = RunState.recorded(
                RunWire.phase(record.getPhase()), window, record.getReason(), record.getRequestedSteps() > 0);
    }

    Transition decide(dev.thirteen.core.run.RunEvent event) {
        Transition transition = machine.decide(state, event);
        state = transition.next();
        return transition;
    }

    /** Whether events of groups must wait, because effects would need base and prompts. */
    boolean mustLoadFirst() {
        return workload == null && !state.preparing();
    }

    List<CompletableFuture<dev.thirteen.proto.training.v1.RunState>> takeResumes() {
        var taken = List.copyOf(resumes);
        resumes.clear();
        return taken;
    }

    void keep(GroupRequest request, ScoredRollout scored) {
        kept.computeIfAbsent(request.step(), _ -> new TreeMap<>()).put(request.group(), scored);
    }

    /** The groups of a step, in group order. */
    List<ScoredRollout> groups(long step) {
        return List.copyOf(kept.getOrDefault(step, new TreeMap<>()).values());
    }

    /** Tokens of the groups of a step, prompts included. */
    long tokens(long step) {
        return groups(step).stream().mapToLong(ScoredGroup::tokens).sum();
    }

    /** Forgets what a committed step needed. */
    void forget(long step) {
        kept.remove(step);
        spans.remove(step);
        asked.keySet().removeIf(request -> request.step() <= step);
        outcome = null;
        stale = 0;
    }
}
