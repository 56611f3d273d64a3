package dev.thirteen.core.run;

/** Where a run is in its life, as it is recorded and shown. */
public enum RunPhase {
    PREPARING,
    RUNNING,
    PAUSED,
    FINISHED,
    CANCELLED,
    FAILED;

    /** Whether the run may still train. */
    public boolean live() {
        return this == PREPARING || this == RUNNING || this == PAUSED;
    }
}
