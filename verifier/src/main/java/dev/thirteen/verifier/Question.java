package dev.thirteen.verifier;

import dev.thirteen.verifier.equality.Rules;

/**
 * How an answer is looked for and compared.
 *
 * @param form what the prediction is
 * @param rules readings that people disagree on
 * @param choice whether the answer is the letter of a choice
 * @param afterReasoningOnly whether only what stands behind a reasoning block counts
 * @param lastBoxOnly whether several boxes together are no answer
 */
public record Question(Form form, Rules rules, boolean choice, boolean afterReasoningOnly, boolean lastBoxOnly) {
    /** What a prediction is. */
    public enum Form {
        /** An answer, perhaps with a few words around it. */
        ANSWER,
        /** A whole text, in which the answer is to be found. */
        COMPLETION
    }

    /** As {@code bin/thirteen verify} compares where a line says nothing else. */
    public static final Question ANSWER = new Question(Form.ANSWER, Rules.DEFAULT, false, false, false);

    public static final Question COMPLETION = new Question(Form.COMPLETION, Rules.DEFAULT, false, false, false);
}
