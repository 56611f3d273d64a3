package dev.thirteen.core.evaluation;

import dev.thirteen.core.answer.Spelled;
import dev.thirteen.core.answer.Verdict;

/**
 * What counts of one judged answer.
 *
 * @param strict verdict under the extraction that the prompt asks for
 * @param flexible verdict under the extraction that takes whatever looks like an answer
 * @param truncated whether the answer was cut at the largest number of tokens
 * @param tokens length of the answer
 */
public record Outcome(Verdict strict, Verdict flexible, boolean truncated, int tokens) {
    /** Whether the answer is right, taken strictly. */
    public boolean right() {
        return strict instanceof Verdict.Correct;
    }

    /** Whether there was nothing to judge. */
    public boolean silent() {
        return strict.extracted().isEmpty();
    }

    /** The answer as it votes. */
    public String vote() {
        return Spelled.plain(strict.extracted());
    }
}
