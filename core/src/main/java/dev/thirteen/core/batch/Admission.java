package dev.thirteen.core.batch;

/** What becomes of a request that arrives. */
public sealed interface Admission {
    /** It starts now. */
    record Admitted() implements Admission {}

    /**
     * It waits.
     *
     * @param ahead requests before it
     */
    record Waiting(int ahead) implements Admission {}

    /** It is turned away; the message says what is full or too large. */
    record Refused(Reason reason, String message) implements Admission {}

    /** Why a request is turned away. */
    enum Reason {
        /** It never fits. */
        TOO_LARGE,
        /** The queue is full; later it may go through. */
        QUEUE_FULL
    }
}
