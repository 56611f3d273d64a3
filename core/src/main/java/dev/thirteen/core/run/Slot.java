package dev.thirteen.core.run;

/** Where one group of a requested, uncommitted step stands. */
public sealed interface Slot {
    /** 0 for the first request, one more for each refill. */
    int attempt();

    /** Attempts so far that came with equal rewards; the others up to this one were lost, late or stale. */
    int flat();

    /** Asked for. */
    record Awaited(int attempt, int flat) implements Slot {}

    /** Here, scored, made by the policy after {@code policyStep} committed steps. */
    record Arrived(int attempt, int flat, long policyStep) implements Slot {}

    /** Will not come; to be asked for again when the run goes on. */
    record Lost(int attempt, int flat) implements Slot {}
}
