package dev.thirteen.core.sampling;

/** Why a sample ended. */
public enum FinishReason {
    /** The last token is a stop token, or completes a stop string. */
    STOP,
    /** The largest number of new tokens was reached. */
    LENGTH
}
