package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;

/** Takes what a task draws, on the decode thread: must not block. After done or failed nothing follows. */
interface TokenSink {
    /** The task has its rows. */
    void admitted();

    void token(Decoder.Token token);

    /** Tokens that come from now on are of the policy after so many steps of its run. */
    default void follows(long policyStep) {}

    /** All samples have ended. */
    void done();

    void failed(RuntimeException cause);
}
