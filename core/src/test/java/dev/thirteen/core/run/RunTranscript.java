package dev.thirteen.core.run;

import java.util.List;
import java.util.stream.Collectors;

/** What a run machine makes of events, as text: event, then the state it leads to, then the effects. */
final class RunTranscript {
    private RunTranscript() {}

    static String transcript(RunLimits limits, String events) {
        RunMachine machine = new RunMachine(limits);
        RunState state = new RunState.Preparing(0);
        StringBuilder text = new StringBuilder();
        for (String line : events.lines().toList()) {
            Transition transition = machine.decide(state, event(line));
            state = transition.next();
            text.append(line).append("\n  ").append(show(state)).append('\n');
            for (Effect effect : transition.effects())
                text.append("  ").append(show(effect)).append('\n');
        }
        return text.toString();
    }

    static RunEvent event(String line) {
        String[] words = line.split(" ");
        return switch (words[0]) {
            case "prepared" -> new RunEvent.Prepared();
            case "unloadable" -> new RunEvent.LoadFailed("no such folder");
            case "refused" -> new RunEvent.CommitRefused("too large");
            case "scored" -> new RunEvent.GroupScored(request(words[1]), Long.parseLong(words[3]), true);
            case "flat" -> new RunEvent.GroupScored(request(words[1]), Long.parseLong(words[3]), false);
            case "dead" -> new RunEvent.GroupFailed(request(words[1]), "parked");
            case "late" -> new RunEvent.DeadlinePassed(request(words[1]));
            case "computed" -> new RunEvent.StepComputed(Long.parseLong(words[1]));
            case "skipped" ->
                new RunEvent.StepSkipped(
                        Long.parseLong(words[1]), "the loss is not finite", Integer.parseInt(words[3]));
            case "uncomputable" -> new RunEvent.StepFailed(Long.parseLong(words[1]), "the loss is not finite");
            case "pause" -> new RunEvent.Pause();
            case "resume" -> new RunEvent.Resume();
            case "cancel" -> new RunEvent.Cancel();
            default -> throw new IllegalArgumentException(line);
        };
    }

    private static GroupRequest request(String text) {
        String[] parts = text.split("[.#]");
        return new GroupRequest(Long.parseLong(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    private static String show(RunState state) {
        String slots = state.openWindow()
                .map(window ->
                        " " + window.steps().stream().map(RunTranscript::show).collect(Collectors.joining()))
                .orElse("");
        String reason = state.reason().isEmpty() ? "" : " " + state.reason();
        return state.phase() + " " + state.committed() + slots + reason;
    }

    private static String show(List<Slot> slots) {
        return slots.stream()
                .map(slot -> switch (slot) {
                    case Slot.Awaited(int _, int _) -> ".";
                    case Slot.Arrived(int _, int _, long _) -> "A";
                    case Slot.Lost(int _, int _) -> "L";
                })
                .collect(Collectors.joining("", "[", "]"));
    }

    private static String show(Effect effect) {
        return switch (effect) {
            case Effect.Commit(RunPhase phase, String _, boolean trained, List<GroupRequest> requests) ->
                "commit " + phase + (trained ? " trained" : "")
                        + (requests.isEmpty()
                                ? ""
                                : " asks "
                                        + requests.stream()
                                                .map(GroupRequest::toString)
                                                .collect(Collectors.joining(" ")));
            case Effect.ComputeStep(long step) -> "compute " + step;
            case Effect.Hold(long step) -> "hold " + step;
            case Effect.Drop(Effect.DropReason reason) -> "drop " + reason;
            case Effect.Refuse(String reason) -> "refuse " + reason;
        };
    }
}
