package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;

/**
 * Keys and values in memory: two tensors a layer [rows, kv heads, tokens, width].
 *
 * @param tokens that a row has room for
 * @param addresses keys and values of each layer, in turns
 */
public record VectorCache(int tokens, long[] addresses) {
    long keys(int layer) {
        return addresses[2 * layer];
    }

    long values(int layer) {
        return addresses[2 * layer + 1];
    }

    /** Bytes before the first token of a head of a row. */
    long offset(DecoderShape shape, Loops loops, int place, int head) {
        return ((long) place * shape.keyValueHeads() + head) * tokens * shape.width() * loops.bytes();
    }
}
