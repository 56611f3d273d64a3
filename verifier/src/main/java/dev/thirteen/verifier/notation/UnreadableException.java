package dev.thirteen.verifier.notation;

/** Notation that is no mathematics we know, or too much of it. Never leaves this package. */
final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
        super(message, null, false, false); // it is thrown often, and its trace says nothing
    }
}
