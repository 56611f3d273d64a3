package dev.thirteen.core.run;

import java.util.List;

/** What the shell is to do. A decision has at most one {@link Commit}: a crash falls before or after it, never inside. */
public sealed interface Effect {
    /**
     * One transaction: the run's new record, the log entry of the step when one was trained, the requests, the offsets.
     *
     * @param trained whether the window's first step was computed, or skipped, and is part of it
     * @param requests groups to ask for, refills and first requests
     */
    record Commit(RunPhase phase, String reason, boolean trained, List<GroupRequest> requests) implements Effect {
        public Commit {
            requests = List.copyOf(requests);
        }
    }

    /** Compute a step from the groups kept for it. Asked again after a pause; one computation is enough. */
    record ComputeStep(long step) implements Effect {}

    /** Do not pass the offset of the record that just came before this step is committed. */
    record Hold(long step) implements Effect {}

    /** Count the record that just came as not used. */
    record Drop(DropReason reason) implements Effect {}

    /** Answer the caller with a conflict. */
    record Refuse(String reason) implements Effect {}

    /** Why a record is not used. */
    enum DropReason {
        /** The run never asked for such a group. */
        UNKNOWN,
        /** The group is here or lost already, or its step is committed. */
        DUPLICATE,
        /** A later attempt is awaited. */
        OLD_ATTEMPT,
        /** Its policy is too far behind. */
        STALE,
        /** Its rewards are all equal, and the run samples until they are not. */
        NO_SIGNAL,
        /** The run has ended. */
        ENDED
    }
}
