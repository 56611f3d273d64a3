package dev.thirteen.engine.jinja;

/** A template, or what it does with its variables, is wrong or not supported. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int line;

    /** A problem at the line that is being evaluated. */
    Problem(String message) {
        this(message, 0);
    }

    Problem(String message, int line) {
        super(message, null, false, false);
        this.line = line;
    }

    /** The line of the template, from 1; 0 when only the evaluation knows it. */
    int line() {
        return line;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
