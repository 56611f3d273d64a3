package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder.Counts;
import java.util.concurrent.atomic.LongAdder;

/** What all decoders have done since the start, those included that are closed. Written by the decode thread. */
final class DecodeTotals {
    private final LongAdder tokens = new LongAdder();
    private final LongAdder sharedPrompts = new LongAdder();
    private final LongAdder sharedTokens = new LongAdder();
    private final LongAdder computedTokens = new LongAdder();
    private final LongAdder preempted = new LongAdder();

    /** Adds a step of one decoder, by its counts before and after. */
    void add(int drawn, Counts before, Counts after) {
        tokens.add(drawn);
        sharedPrompts.add(after.sharedPrompts() - before.sharedPrompts());
        sharedTokens.add(after.sharedTokens() - before.sharedTokens());
        computedTokens.add(after.computedTokens() - before.computedTokens());
        preempted.add(after.preempted() - before.preempted());
    }

    /** Tokens drawn. */
    long tokens() {
        return tokens.sum();
    }

    Counts counts() {
        return new Counts(sharedPrompts.sum(), sharedTokens.sum(), computedTokens.sum(), preempted.sum());
    }
}
