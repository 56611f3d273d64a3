package dev.thirteen.engine;

import java.util.List;
import java.util.Map;

/** A device's own way to decode over the cache of the programs. Used by one thread. */
interface DecodeKernels extends AutoCloseable {
    /** Whether it can do these rows together. */
    boolean takes(List<DecodeRow> rows);

    /** Whether it can compute these prompts. */
    boolean takes(PromptBatch batch);

    /** Whether it can compute these parts of prompts, whose beginnings are in the cache. */
    default boolean takes(PartBatch batch) {
        return false;
    }

    /** Draws a token for every row: [3, rows] of token, log-prob, raw log-prob. */
    double[] decode(List<DecodeRow> rows, KvCache kv);

    /** Computes prompts into the cache. */
    void prefill(PromptBatch batch, KvCache kv);

    /** Computes parts of prompts into the cache. */
    default void prefill(PartBatch batch, KvCache kv) {
        throw new UnsupportedOperationException("parts of prompts are left to the programs");
    }

    /** Copies the first {@code length} tokens of cache rows. */
    default void move(KvCache kv, int[] source, int[] target, int length) {
        kv.move(source, target, length);
    }

    /** Forgets a step that was started ahead: the rows, or the numbers of their policies, are not what it left them. */
    default void interrupt() {}

    /** Microseconds of each part of a step over these rows; empty where they are not known. */
    default Map<String, Double> profile(List<DecodeRow> rows, KvCache kv) {
        return Map.of();
    }

    @Override
    void close();
}
