package dev.thirteen.core.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The requested, uncommitted steps of a run.
 *
 * @param committed committed steps, which is also the number of the first step of the window
 * @param steps slots of each step, in group order
 */
public record Window(long committed, List<List<Slot>> steps) {
    public Window {
        steps = steps.stream().map(List::copyOf).toList();
    }

    /** A window whose groups are all awaited at attempt 0. */
    public static Window of(long committed, long requestedSteps, int groupsPerStep) {
        return new Window(committed, List.of()).requestedUpTo(requestedSteps, groupsPerStep);
    }

    /** Highest requested step, plus one. */
    public long requestedSteps() {
        return committed + steps.size();
    }

    /** The slot of a group, empty outside the window. */
    public Optional<Slot> slot(long step, int group) {
        if (step < committed || step >= requestedSteps()) return Optional.empty();
        List<Slot> slots = steps.get((int) (step - committed));
        return group >= 0 && group < slots.size() ? Optional.of(slots.get(group)) : Optional.empty();
    }

    /** Whether every group of the first step has arrived. */
    public boolean complete() {
        return !steps.isEmpty() && steps.getFirst().stream().allMatch(slot -> slot instanceof Slot.Arrived);
    }

    /** Requests that have not been answered. */
    public List<GroupRequest> awaited() {
        return select(Slot.Awaited.class);
    }

    /** Groups that wait for the run to go on. */
    public List<GroupRequest> lost() {
        return select(Slot.Lost.class);
    }

    /** Groups that are not simply awaited, or here, at their first attempt: on a later one, or lost. */
    public List<GroupRequest> changed() {
        return select(Slot.class).stream()
                .filter(request -> request.attempt() > 0 || lost(request))
                .toList();
    }

    /** Whether a group waits for the run to go on. */
    public boolean lost(GroupRequest request) {
        return slot(request.step(), request.group())
                .filter(slot -> slot instanceof Slot.Lost)
                .isPresent();
    }

    /** Attempts at a group that came with equal rewards. */
    public int flat(GroupRequest request) {
        return slot(request.step(), request.group()).map(Slot::flat).orElse(0);
    }

    /** This window with one group awaited at a later attempt. */
    public Window onAttempt(GroupRequest request, int flat) {
        return with(request.step(), request.group(), new Slot.Awaited(request.attempt(), flat));
    }

    /** This window with one group lost at an attempt. */
    public Window withLost(GroupRequest request, int flat) {
        return with(request.step(), request.group(), new Slot.Lost(request.attempt(), flat));
    }

    Window with(long step, int group, Slot slot) {
        List<List<Slot>> changed = new ArrayList<>(steps);
        List<Slot> slots = new ArrayList<>(changed.get((int) (step - committed)));
        slots.set(group, slot);
        changed.set((int) (step - committed), slots);
        return new Window(committed, changed);
    }

    Window afterCommit() {
        return new Window(committed + 1, steps.subList(1, steps.size()));
    }

    Window requestedUpTo(long requestedSteps, int groupsPerStep) {
        List<List<Slot>> grown = new ArrayList<>(steps);
        while (committed + grown.size() < requestedSteps) {
            grown.add(Collections.nCopies(groupsPerStep, new Slot.Awaited(0, 0)));
        }
        return new Window(committed, grown);
    }

    private List<GroupRequest> select(Class<? extends Slot> kind) {
        List<GroupRequest> found = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            for (int group = 0; group < steps.get(i).size(); group++) {
                Slot slot = steps.get(i).get(group);
                if (kind.isInstance(slot)) found.add(new GroupRequest(committed + i, group, slot.attempt()));
            }
        }
        return found;
    }
}
