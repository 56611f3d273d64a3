package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Verdict;
import java.util.Optional;

/**
 * What a term made of a sample.
 *
 * @param value before weight
 * @param verdict the judgement, where the term compares with the right answer
 * @param detail why, for people; may be empty
 */
public record TermScore(double value, Optional<Verdict> verdict, String detail) {
    public TermScore {
        if (!Double.isFinite(value)) throw new IllegalArgumentException("value " + value);
    }

    /** A value that judges nothing. */
    public static TermScore of(double value) {
        return new TermScore(value, Optional.empty(), "");
    }

    /** 1 or 0. */
    public static TermScore of(boolean fulfilled) {
        return of(fulfilled ? 1 : 0);
    }

    /** The value of a verdict. */
    public static TermScore of(Verdict verdict) {
        return new TermScore(verdict.reward(), Optional.of(verdict), "");
    }
}
