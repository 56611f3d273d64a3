package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;

/** Takes what a task draws, on the decode thread: must not block. After done or failed nothing follows. */
interface TokenSink {
    /** The task has its rows. */
    void admitted();

    void token(Decoder.Token token);

    /** All samples have ended. */
    void done();

    void failed(RuntimeException cause);
}
