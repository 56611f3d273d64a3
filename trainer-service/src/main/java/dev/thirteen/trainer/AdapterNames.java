package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.training.v1.RunState;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Adapters by name: the steps of runs, and imported ones, which are step 1 of their name and have no other. */
@Singleton
class AdapterNames {
    private final RunIndex index;

    AdapterNames(RunIndex index) {
        this.index = index;
    }

    /** @throws Failure NOT_FOUND when no run and no imported adapter that the caller sees has the name */
    void require(Caller caller, String name) {
        if (caller.sees(name) && (index.exists(name) || index.imported(name).isPresent())) return;
        throw new Failure(Failure.Kind.NOT_FOUND, "there is no run and no imported adapter named '" + name + "'")
                .because(Failure.Reason.RUN_UNKNOWN);
    }

    /**
     * One version.
     *
     * @param step empty for the latest
     * @throws Failure NOT_FOUND
     */
    NamedAdapter get(Caller caller, String name, OptionalLong step) {
        require(caller, name);
        Optional<NamedAdapter> imported = index.imported(name);
        if (imported.isEmpty()) return ofRun(index.state(name), step);
        if (step.isEmpty() || step.getAsLong() == NamedAdapters.IMPORTED_STEP) return imported.get();
        throw unknown("the imported adapter '%s' has step 1 alone, not %d".formatted(name, step.getAsLong()));
    }

    private NamedAdapter ofRun(RunState state, OptionalLong step) {
        String run = state.getSpec().getName();
        if (!NamedAdapters.has(state)) {
            throw new Failure(Failure.Kind.NOT_FOUND, "run '" + run + "' has no adapter yet: it is being prepared");
        }
        if (step.isEmpty() || step.getAsLong() == state.getStep()) return NamedAdapters.latest(state);
        if (state.hasOrigin()) return ofFork(state, step.getAsLong());
        if (step.getAsLong() == 0) return NamedAdapters.start(state);
        return committed(run, step.getAsLong()).orElseThrow(() -> noStep(state, step.getAsLong()));
    }

    private NamedAdapter ofFork(RunState state, long step) {
        if (step == state.getOrigin().getPolicyVersion().getStep()) return NamedAdapters.origin(state);
        return committed(state.getSpec().getName(), step).orElseThrow(() -> noStep(state, step));
    }

    /** That a run has no such step, with those that it has. */
    static Failure noStep(RunState state, long step) {
        String run = state.getSpec().getName();
        if (!state.hasOrigin()) {
            return unknown("run '%s' has steps 0 to %d, not %d".formatted(run, state.getStep(), step));
        }
        PolicyVersion origin = state.getOrigin().getPolicyVersion();
        return unknown("run '%s', which went on from step %d of '%s', has steps %d to %d, not %d"
                .formatted(run, origin.getStep(), origin.getRun(), origin.getStep(), state.getStep(), step));
    }

    /** What a run's step committed; empty for step 0 and for one that is not there. */
    Optional<NamedAdapter> committed(String run, long step) {
        return index.step(run, step).map(NamedAdapters::of);
    }

    /** All versions of a name, oldest first, or the latest of every name that the caller sees, where it is empty. @throws Failure NOT_FOUND */
    List<NamedAdapter> list(Caller caller, String name) {
        if (name.isEmpty()) return latest(caller);
        require(caller, name);
        return index.imported(name).map(List::of).orElseGet(() -> steps(name));
    }

    private List<NamedAdapter> steps(String run) {
        List<NamedAdapter> all = new ArrayList<>();
        long seen = 0;
        for (var page = index.steps(run, seen); !page.isEmpty(); page = index.steps(run, seen)) {
            page.stream().map(NamedAdapters::of).forEach(all::add);
            seen = page.getLast().getPolicyVersion().getStep();
        }
        return all;
    }

    /** The latest version of every name that the caller sees; without runs that have none yet. */
    List<NamedAdapter> latest(Caller caller) {
        Stream<NamedAdapter> runs =
                index.states().stream().filter(NamedAdapters::has).map(NamedAdapters::latest);
        return Stream.concat(runs, index.imports().stream())
                .filter(adapter -> caller.sees(adapter.getPolicyVersion().getRun()))
                .toList();
    }

    /** The latest version of a run or an imported adapter that there is; empty for a run that has none yet. */
    Optional<NamedAdapter> latest(String name) {
        return index.imported(name)
                .or(() -> Optional.of(index.state(name))
                        .filter(NamedAdapters::has)
                        .map(NamedAdapters::latest));
    }

    private static Failure unknown(String message) {
        return new Failure(Failure.Kind.NOT_FOUND, message).because(Failure.Reason.STEP_UNKNOWN);
    }
}
