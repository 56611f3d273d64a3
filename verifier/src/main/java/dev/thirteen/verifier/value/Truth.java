package dev.thirteen.verifier.value;

/** What is known of a statement. */
public enum Truth {
    YES,
    NO,
    UNKNOWN;

    public static Truth of(boolean holds) {
        return holds ? YES : NO;
    }
}
