package dev.thirteen.core.sampling;

/** Why a sample ended. */
public enum FinishReason {
    /** A stop token was drawn; it is the last token of the sample. */
    STOP,
    /** The largest number of new tokens was reached. */
    LENGTH
}
