package dev.thirteen.core.grpo;

/** What becomes of samples that were cut off at the largest number of tokens. */
public enum TruncatedSamples {
    /** They are trained on with the reward they got. */
    SCORE,
    /** They count in their group's statistics but not in the loss nor in its normalisers (DAPO's overlong filtering). */
    MASK,
    /** They, and samples that come close to the limit, lose reward: {@link OverlongPenalty}. */
    SHAPE
}
