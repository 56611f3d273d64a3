package dev.thirteen.engine;

import java.util.List;
import java.util.Map;

/** A device's own way to decode over the cache of the programs. Used by one thread. */
interface DecodeKernels extends AutoCloseable {
    /** Whether it can do these rows together. */
    boolean takes(List<DecodeRow> rows);

    /** Whether it can compute these prompts. */
    boolean takes(PromptBatch batch);

    /** Whether it can compute these parts of prompts. */
    boolean takes(PartBatch batch);

    /** Draws a token for every row: [3, rows] of token, log-prob, raw log-prob. */
    double[] decode(List<DecodeRow> rows, KvCache kv);

    /** Computes prompts into the cache. */
    void prefill(PromptBatch batch, KvCache kv);

    /** Computes parts of prompts into the cache. */
    void prefill(PartBatch batch, KvCache kv);

    /** Copies the first {@code length} tokens of cache rows. */
    void move(KvCache kv, int[] source, int[] target, int length);

    /** Forgets a step that was started ahead: the rows, or the numbers of their policies, are not what it left them. */
    void interrupt();

    /** Microseconds of each part of a step over these rows. */
    Map<String, Double> profile(List<DecodeRow> rows, KvCache kv);

    @Override
    void close();
}
