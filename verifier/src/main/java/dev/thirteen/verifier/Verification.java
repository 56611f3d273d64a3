package dev.thirteen.verifier;

import dev.thirteen.core.answer.Verdict;

/**
 * What a comparison found.
 *
 * @param strict whether the text itself said which part of it is the answer
 */
public record Verification(Verdict verdict, boolean strict) {}
