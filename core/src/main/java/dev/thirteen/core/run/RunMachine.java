package dev.thirteen.core.run;

import dev.thirteen.core.run.Effect.Commit;
import dev.thirteen.core.run.Effect.ComputeStep;
import dev.thirteen.core.run.Effect.Drop;
import dev.thirteen.core.run.Effect.DropReason;
import dev.thirteen.core.run.Effect.Hold;
import dev.thirteen.core.run.Effect.Refuse;
import dev.thirteen.core.run.RunEvent.Cancel;
import dev.thirteen.core.run.RunEvent.CommitRefused;
import dev.thirteen.core.run.RunEvent.DeadlinePassed;
import dev.thirteen.core.run.RunEvent.GroupFailed;
import dev.thirteen.core.run.RunEvent.GroupScored;
import dev.thirteen.core.run.RunEvent.LoadFailed;
import dev.thirteen.core.run.RunEvent.Pause;
import dev.thirteen.core.run.RunEvent.Prepared;
import dev.thirteen.core.run.RunEvent.Resume;
import dev.thirteen.core.run.RunEvent.StepComputed;
import dev.thirteen.core.run.RunEvent.StepFailed;
import dev.thirteen.core.run.RunEvent.StepSkipped;
import dev.thirteen.core.run.RunState.Cancelled;
import dev.thirteen.core.run.RunState.Failed;
import dev.thirteen.core.run.RunState.Finished;
import dev.thirteen.core.run.RunState.Paused;
import dev.thirteen.core.run.RunState.PausedEarly;
import dev.thirteen.core.run.RunState.Preparing;
import dev.thirteen.core.run.RunState.Running;
import dev.thirteen.core.sampling.SampleStreams;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what happens to a run.
 *
 * <pre>
 * Preparing → Running    prepared
 * Preparing → Paused     by request (early)
 * Preparing, Paused early → Failed  cannot be prepared, requests that the topics refuse
 * Failed    → Preparing  by request
 * Paused early → Paused     prepared
 * Paused early → Preparing  by request
 * Running   → Running    group kept or dropped, refill, step committed
 * Running   → Paused     by request, attempts or refills used up, steps skipped in a row, step cannot be computed, base
 *                        gone, commit refused
 * Running   → Finished   last step committed
 * Paused    → Running    by request; lost groups are asked for again
 * Paused    → Finished   the step that was under way was the last
 * Preparing, Running, Paused → Cancelled by request
 * </pre>
 *
 * A step is computed when all its groups are here, found by id: never from the first that arrive. A step that samples nothing
 * has no groups, and is computed at once.
 */
public record RunMachine(RunLimits limits) {
    /** The reason of a run that someone asked to pause; any other is a problem. */
    public static final String BY_REQUEST = "paused by request";

    /** The next state and the effects of an event. */
    public Transition decide(RunState state, RunEvent event) {
        return switch (state) {
            case Preparing preparing -> preparing(preparing, event);
            case PausedEarly early -> pausedEarly(early, event);
            case Running(Window window) -> running(window, event);
            case Paused(Window window, String reason) -> paused(window, reason, event);
            case Finished(long _), Cancelled(long _), Failed(long _, String _) -> ended(state, event);
        };
    }

    private Transition preparing(Preparing same, RunEvent event) {
        return switch (event) {
            case Prepared() -> {
                Window window =
                        Window.of(same.committed(), limits.requestedSteps(same.committed()), limits.groupsPerStep());
                Commit commit = new Commit(RunPhase.RUNNING, "", false, window.awaited());
                yield window.complete()
                        ? Transition.to(new Running(window), commit, new ComputeStep(window.committed()))
                        : Transition.to(new Running(window), commit);
            }
            case LoadFailed(String reason) -> fail(same.committed(), reason);
            case CommitRefused(String reason) -> fail(same.committed(), reason);
            case Cancel() -> cancel(same.committed());
            case Pause() ->
                Transition.to(
                        new PausedEarly(same.committed(), BY_REQUEST),
                        new Commit(RunPhase.PAUSED, BY_REQUEST, false, List.of()));
            case GroupScored _, GroupFailed _ -> Transition.to(same, new Drop(DropReason.UNKNOWN));
            case Resume(), DeadlinePassed _, StepComputed _, StepSkipped _, StepFailed _ -> Transition.to(same);
        };
    }

    private Transition pausedEarly(PausedEarly same, RunEvent event) {
        return switch (event) {
            case Prepared() -> pause(new Window(same.committed(), List.of()), same.reason());
            case LoadFailed(String reason) -> fail(same.committed(), reason);
            case CommitRefused(String reason) -> fail(same.committed(), reason);
            case Cancel() -> cancel(same.committed());
            case Resume() -> prepare(same.committed());
            case GroupScored _, GroupFailed _ -> Transition.to(same, new Drop(DropReason.UNKNOWN));
            case Pause(), DeadlinePassed _, StepComputed _, StepSkipped _, StepFailed _ -> Transition.to(same);
        };
    }

    private Transition running(Window window, RunEvent event) {
        Running same = new Running(window);
        return switch (event) {
            case GroupScored scored -> scored(same, window, scored);
            case GroupFailed(GroupRequest request, String reason) -> failed(same, window, request, reason);
            case DeadlinePassed(GroupRequest request) ->
                awaits(window, request) ? late(same, window, request) : Transition.to(same);
            case StepComputed(long step) ->
                step == window.committed() && window.complete()
                        ? trained(window, Optional.empty())
                        : Transition.to(same);
            case StepSkipped skipped -> skipped(same, window, skipped, Optional.empty());
            case StepFailed(long step, String reason) ->
                step == window.committed() ? pause(window, reason) : Transition.to(same);
            case LoadFailed(String reason) -> pause(window, reason);
            case CommitRefused(String reason) -> pause(window, reason);
            case Pause() -> pause(window, BY_REQUEST);
            case Cancel() -> cancel(window.committed());
            case Resume(), Prepared() -> Transition.to(same);
        };
    }

    private Transition paused(Window window, String why, RunEvent event) {
        Paused same = new Paused(window, why);
        return switch (event) {
            case GroupScored scored -> scored(same, window, scored);
            case GroupFailed(GroupRequest request, String reason) -> failed(same, window, request, reason);
            case StepComputed(long step) ->
                step == window.committed() && window.complete()
                        ? trained(window, Optional.of(why))
                        : Transition.to(same);
            case StepSkipped skipped -> skipped(same, window, skipped, Optional.of(why));
            case StepFailed(long step, String reason) ->
                step == window.committed() ? pause(window, reason) : Transition.to(same);
            case CommitRefused(String reason) -> pause(window, reason);
            case Resume() -> resume(same);
            case Cancel() -> cancel(window.committed());
            case Pause(), Prepared(), LoadFailed(String _), DeadlinePassed(GroupRequest _) -> Transition.to(same);
        };
    }

    private static Transition ended(RunState state, RunEvent event) {
        return switch (event) {
            case GroupScored(GroupRequest _, long _, boolean _), GroupFailed(GroupRequest _, String _) ->
                Transition.to(state, new Drop(DropReason.ENDED));
            case Cancel() when state instanceof Cancelled -> Transition.to(state);
            case Resume() when state instanceof Failed -> prepare(state.committed());
            case Pause(), Resume(), Cancel() ->
                Transition.to(state, new Refuse("the run has " + (state instanceof Failed ? "failed" : "ended")));
            case Prepared(),
                    LoadFailed(String _),
                    CommitRefused(String _),
                    DeadlinePassed(GroupRequest _),
                    StepComputed(long _),
                    StepSkipped(long _, String _, int _),
                    StepFailed(long _, String _) -> Transition.to(state);
        };
    }

    private Transition scored(RunState state, Window window, GroupScored scored) {
        GroupRequest request = scored.request();
        Optional<DropReason> unwanted = unwanted(window, request);
        if (unwanted.isPresent()) return Transition.to(state, new Drop(unwanted.get()));
        boolean stale = request.step() - scored.policyStep() > limits.maxStaleness();
        boolean flat = limits.maxRefills() > 0 && !scored.signal();
        // Counted already: what a pause holds is read again after a restart.
        if ((stale || flat) && window.lost(request)) return Transition.to(state, new Drop(DropReason.DUPLICATE));
        if (stale) return stale(state, window, request);
        if (flat) return replaced(state, window, request);
        Slot arrived = new Slot.Arrived(request.attempt(), window.flat(request), scored.policyStep());
        Window grown = window.with(request.step(), request.group(), arrived);
        Hold hold = new Hold(request.step());
        if (state instanceof Paused(Window _, String why)) return Transition.to(new Paused(grown, why), hold);
        boolean becomesComplete = grown.complete() && !window.complete();
        return becomesComplete
                ? Transition.to(new Running(grown), hold, new ComputeStep(grown.committed()))
                : Transition.to(new Running(grown), hold);
    }

    private Transition stale(RunState state, Window window, GroupRequest request) {
        Drop drop = new Drop(DropReason.STALE);
        return state instanceof Running
                ? lose(window, request, "too stale", List.of(drop))
                : Transition.to(losing(state, window, request, window.flat(request)), drop, new Hold(request.step()));
    }

    /** Nothing can be learned from the group: another prompt takes its place. */
    private Transition replaced(RunState state, Window window, GroupRequest request) {
        Drop drop = new Drop(DropReason.NO_SIGNAL);
        int flat = window.flat(request) + 1;
        if (!(state instanceof Running))
            return Transition.to(losing(state, window, request, flat), drop, new Hold(request.step()));
        List<Effect> first = List.of(drop);
        // After a pause a resumed run has as many rounds again.
        boolean roundsLeft = flat % (limits.maxRefills() + 1) != 0;
        if (roundsLeft && request.attempt() + 1 < SampleStreams.MAX_ATTEMPTS) return ask(window, request, flat, first);
        String why =
                "group %d of step %d had equal rewards under %d prompts, one after the other: nothing can be learned"
                        .formatted(request.group(), request.step() + 1, flat);
        return giveUp(window, request, flat, why, first);
    }

    private Transition failed(RunState state, Window window, GroupRequest request, String reason) {
        Optional<DropReason> unwanted = unwanted(window, request);
        if (unwanted.isPresent()) return Transition.to(state, new Drop(unwanted.get()));
        return state instanceof Running
                ? lose(window, request, reason, List.of())
                : Transition.to(losing(state, window, request, window.flat(request)), new Hold(request.step()));
    }

    /** What may have been lost on its way; a deterministic run needs that very group, so it asks for the same again. */
    private Transition late(RunState state, Window window, GroupRequest request) {
        return limits.deterministic()
                ? Transition.to(state, new Commit(RunPhase.RUNNING, "", false, List.of(request)))
                : lose(window, request, "not answered in time", List.of());
    }

    /** A running run asks again, or pauses when the attempts are used up. */
    private Transition lose(Window window, GroupRequest request, String reason, List<Effect> first) {
        int flat = window.flat(request);
        int failed = request.attempt() + 1 - flat;
        boolean left = failed < limits.maxAttempts() && request.attempt() + 1 < SampleStreams.MAX_ATTEMPTS;
        if (left) return ask(window, request, flat, first);
        String why = "group %d of step %d failed %d times, last: %s"
                .formatted(request.group(), request.step() + 1, failed, reason);
        return giveUp(window, request, flat, why, first);
    }

    private static Transition ask(Window window, GroupRequest request, int flat, List<Effect> first) {
        GroupRequest refill = next(request);
        Window refilled = window.onAttempt(refill, flat);
        Commit commit = new Commit(RunPhase.RUNNING, "", false, List.of(refill));
        return new Transition(new Running(refilled), with(first, commit));
    }

    /** The next attempt at the same group. */
    private static GroupRequest next(GroupRequest request) {
        return new GroupRequest(request.step(), request.group(), request.attempt() + 1);
    }

    private static Transition giveUp(Window window, GroupRequest request, int flat, String why, List<Effect> first) {
        Window lost = window.withLost(request, flat);
        Transition pause = pause(lost, why);
        Stream<Effect> effects = Stream.of(first, List.of(new Hold(request.step())), pause.effects())
                .flatMap(List::stream);
        return new Transition(pause.next(), effects.toList());
    }

    private static RunState losing(RunState paused, Window window, GroupRequest request, int flat) {
        Window lost = window.withLost(request, flat);
        return new Paused(lost, paused.reason());
    }

    private Transition trained(Window window, Optional<String> pauseReason) {
        Window rest = window.afterCommit();
        if (rest.committed() == limits.steps()) {
            return Transition.to(new Finished(rest.committed()), new Commit(RunPhase.FINISHED, "", true, List.of()));
        }
        if (pauseReason.isPresent()) {
            String why = pauseReason.get();
            return Transition.to(new Paused(rest, why), new Commit(RunPhase.PAUSED, why, true, List.of()));
        }
        return goOn(rest, rest, true);
    }

    /** A step that changes nothing is committed as any other, unless there are too many of them in a row. */
    private Transition skipped(RunState same, Window window, StepSkipped skipped, Optional<String> pauseReason) {
        if (skipped.step() != window.committed() || !window.complete()) return Transition.to(same);
        if (skipped.skippedBefore() < RunLimits.MAX_SKIPPED) return trained(window, pauseReason);
        return pause(
                window,
                "%d steps in a row would have changed nothing, last step %d: %s"
                        .formatted(skipped.skippedBefore() + 1, skipped.step() + 1, skipped.reason()));
    }

    private Transition resume(Paused paused) {
        Window window = paused.window();
        Window refilled = window;
        for (GroupRequest lost : window.lost()) {
            if (lost.attempt() + 1 >= SampleStreams.MAX_ATTEMPTS) {
                String why = "group %d of step %d was asked for %d times, and has no further samples: cancel the run"
                        .formatted(lost.group(), lost.step() + 1, lost.attempt() + 1);
                return Transition.to(paused, new Refuse(why));
            }
            refilled = refilled.onAttempt(next(lost), window.flat(lost));
        }
        return goOn(window, refilled, false);
    }

    /** Asks for what {@code after} awaits and {@code before} did not, and for the steps that staleness allows now. */
    private Transition goOn(Window before, Window after, boolean trained) {
        Window grown = after.requestedUpTo(limits.requestedSteps(after.committed()), limits.groupsPerStep());
        List<GroupRequest> asked = before.awaited();
        List<GroupRequest> requests = grown.awaited().stream()
                .filter(request -> !asked.contains(request))
                .toList();
        Commit commit = new Commit(RunPhase.RUNNING, "", trained, requests);
        return grown.complete()
                ? Transition.to(new Running(grown), commit, new ComputeStep(grown.committed()))
                : Transition.to(new Running(grown), commit);
    }

    private static Transition pause(Window window, String reason) {
        return Transition.to(new Paused(window, reason), new Commit(RunPhase.PAUSED, reason, false, List.of()));
    }

    private static Transition prepare(long committed) {
        return Transition.to(new Preparing(committed), new Commit(RunPhase.PREPARING, "", false, List.of()));
    }

    private static Transition fail(long committed, String reason) {
        return Transition.to(new Failed(committed, reason), new Commit(RunPhase.FAILED, reason, false, List.of()));
    }

    private static Transition cancel(long committed) {
        return Transition.to(new Cancelled(committed), new Commit(RunPhase.CANCELLED, "", false, List.of()));
    }

    private static Optional<DropReason> unwanted(Window window, GroupRequest request) {
        if (request.step() < window.committed()) return Optional.of(DropReason.DUPLICATE);
        Optional<Slot> slot = window.slot(request.step(), request.group());
        if (slot.isEmpty() || request.attempt() > slot.get().attempt()) return Optional.of(DropReason.UNKNOWN);
        if (slot.get() instanceof Slot.Arrived) return Optional.of(DropReason.DUPLICATE);
        return request.attempt() < slot.get().attempt() ? Optional.of(DropReason.OLD_ATTEMPT) : Optional.empty();
    }

    private static boolean awaits(Window window, GroupRequest request) {
        return window.slot(request.step(), request.group())
                .filter(slot -> slot instanceof Slot.Awaited awaited && awaited.attempt() == request.attempt())
                .isPresent();
    }

    private static List<Effect> with(List<Effect> first, Effect last) {
        return Stream.concat(first.stream(), Stream.of(last)).toList();
    }
}
