package dev.thirteen.engine.jinja;

/** A template called {@code raise_exception}. */
final class Raised extends RuntimeException {
    private static final long serialVersionUID = 1;

    Raised(String message) {
        super(message, null, false, false);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
