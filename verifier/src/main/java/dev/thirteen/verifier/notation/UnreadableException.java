package dev.thirteen.verifier.notation;

/** Notation that is no mathematics we know, or too much of it. Never leaves this package. */
final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean tooMuch;

    UnreadableException(String message) {
        this(message, false);
    }

    private UnreadableException(String message, boolean tooMuch) {
        super(message, null, false, false); // it is thrown often, and its trace says nothing
        this.tooMuch = tooMuch;
    }

    /** Notation beyond what a comparison may cost. */
    static UnreadableException tooMuch(String message) {
        return new UnreadableException(message, true);
    }

    boolean isTooMuch() {
        return tooMuch;
    }
}
