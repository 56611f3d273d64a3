package dev.thirteen.core.answer;

/** The judgement of one completion. What is no judgement of the answer (a broken worker) is never a verdict. */
public sealed interface Verdict {
    /** Answer as extracted; empty when none was found. */
    String extracted();

    /** 1 for a right answer, else 0. */
    default double reward() {
        return this instanceof Correct ? 1 : 0;
    }

    /** The answer is right. */
    record Correct(String extracted) implements Verdict {}

    /** The answer is wrong. */
    record Incorrect(String extracted) implements Verdict {}

    /** No answer was found, or what was found cannot be read. */
    record Unparsable(String extracted) implements Verdict {}

    /** The comparison itself took too long. */
    record TimedOut(String extracted) implements Verdict {}
}
