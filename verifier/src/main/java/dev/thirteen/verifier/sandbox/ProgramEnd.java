package dev.thirteen.verifier.sandbox;

/** How a program ended. What is no end of the program (a sandbox that broke) is none of these. */
public sealed interface ProgramEnd {
    /** The tests ran to their end. */
    record Passed() implements ProgramEnd {}

    /**
     * They did not.
     *
     * @param reason in a few words: the exception, the signal, the limit
     */
    record Failed(String reason) implements ProgramEnd {}

    /** Its time was over. */
    record TimedOut() implements ProgramEnd {}
}
