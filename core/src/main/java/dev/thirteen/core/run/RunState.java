package dev.thirteen.core.run;

import java.util.Optional;

/** State of one run; {@link RunMachine} lists the transitions. */
public sealed interface RunState {
    /** Loading the base, deriving the basis, reading the data set; nothing is requested yet. */
    record Preparing(long committed) implements RunState {}

    /** Stopped by request before it was prepared, which goes on nevertheless; resumable. */
    record PausedEarly(long committed, String reason) implements RunState {}

    /** Waiting for the groups of the window's first step, or computing it once they are all here. */
    record Running(Window window) implements RunState {}

    /** Stopped by request or by a problem; resumable. A step under way when it stopped is still committed. */
    record Paused(Window window, String reason) implements RunState {}

    /** All steps are committed. */
    record Finished(long steps) implements RunState {}

    /** Stopped for good by request. */
    record Cancelled(long steps) implements RunState {}

    /** Stopped by a problem before the first request; resumed, it is prepared anew. */
    record Failed(long committed, String reason) implements RunState {}

    /**
     * The state as it was recorded: every group that is not lost is awaited again, its offset was never passed.
     *
     * @param requested whether anything was ever asked for, or could have been
     */
    static RunState recorded(RunPhase phase, Window window, String reason, boolean requested) {
        return switch (phase) {
            case PREPARING -> new Preparing(window.committed());
            case RUNNING -> new Running(window);
            case PAUSED -> requested ? new Paused(window, reason) : new PausedEarly(window.committed(), reason);
            case FINISHED -> new Finished(window.committed());
            case CANCELLED -> new Cancelled(window.committed());
            case FAILED -> new Failed(window.committed(), reason);
        };
    }

    /** Phase to record and show. */
    default RunPhase phase() {
        return switch (this) {
            case Preparing(long _) -> RunPhase.PREPARING;
            case Running(Window _) -> RunPhase.RUNNING;
            case Paused(Window _, String _), PausedEarly(long _, String _) -> RunPhase.PAUSED;
            case Finished(long _) -> RunPhase.FINISHED;
            case Cancelled(long _) -> RunPhase.CANCELLED;
            case Failed(long _, String _) -> RunPhase.FAILED;
        };
    }

    /** Why the run is paused or failed; empty otherwise. */
    default String reason() {
        return switch (this) {
            case Paused(Window _, String reason) -> reason;
            case PausedEarly(long _, String reason) -> reason;
            case Failed(long _, String reason) -> reason;
            case Preparing(long _), Running(Window _), Finished(long _), Cancelled(long _) -> "";
        };
    }

    /** Requested, uncommitted steps; empty before the first request and after the end. */
    default Optional<Window> openWindow() {
        return switch (this) {
            case Running(Window window) -> Optional.of(window);
            case Paused(Window window, String _) -> Optional.of(window);
            case Preparing(long _),
                    PausedEarly(long _, String _),
                    Finished(long _),
                    Cancelled(long _),
                    Failed(long _, String _) -> Optional.empty();
        };
    }

    /** Whether base, basis or data set may still be missing. */
    default boolean preparing() {
        return this instanceof Preparing || this instanceof PausedEarly;
    }

    /** Committed steps. */
    default long committed() {
        return switch (this) {
            case Running(Window window) -> window.committed();
            case Paused(Window window, String _) -> window.committed();
            case Finished(long steps) -> steps;
            case Cancelled(long steps) -> steps;
            case Preparing(long steps) -> steps;
            case PausedEarly(long steps, String _) -> steps;
            case Failed(long steps, String _) -> steps;
        };
    }
}
