package dev.thirteen.core.data;

/**
 * A question with its correct answer.
 *
 * @param wrongAnswer a wrong one that a control rewards; empty where there is none
 */
public record Problem(String id, String question, String answer, String wrongAnswer) {
    /** Without a wrong answer. */
    public Problem(String id, String question, String answer) {
        this(id, question, answer, "");
    }
}
