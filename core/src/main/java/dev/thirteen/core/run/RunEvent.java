package dev.thirteen.core.run;

/** What happens to a run. */
public sealed interface RunEvent {
    /** Base, basis and data set are at hand. */
    record Prepared() implements RunEvent {}

    /** Base, basis or data set cannot be had. */
    record LoadFailed(String reason) implements RunEvent {}

    /**
     * A scored group came in, made by the policy after {@code policyStep} committed steps.
     *
     * @param signal whether its rewards differ
     */
    record GroupScored(GroupRequest request, long policyStep, boolean signal) implements RunEvent {}

    /** A group was parked in the dead letters, or what came cannot be used. */
    record GroupFailed(GroupRequest request, String reason) implements RunEvent {}

    /** A request was not answered in time. */
    record DeadlinePassed(GroupRequest request) implements RunEvent {}

    /** The gradient of a step is done and finite. */
    record StepComputed(long step) implements RunEvent {}

    /**
     * A step is done that may change nothing: its loss or gradient is not finite, or nothing of it counts.
     *
     * @param skippedBefore steps in a row before it that changed nothing
     */
    record StepSkipped(long step, String reason, int skippedBefore) implements RunEvent {}

    /** A step cannot be computed. */
    record StepFailed(long step, String reason) implements RunEvent {}

    /** The topics will never take what was to be committed; the state is the one before that decision. */
    record CommitRefused(String reason) implements RunEvent {}

    /** Someone asks to pause. */
    record Pause() implements RunEvent {}

    /** Someone asks to go on. */
    record Resume() implements RunEvent {}

    /** Someone asks to end the run. */
    record Cancel() implements RunEvent {}
}
