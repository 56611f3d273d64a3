package dev.thirteen.engine.device;

import java.util.Map;
import java.util.function.Supplier;

/** Decode steps and prompts of one model by kernels of the device. Used by one thread, which has called {@link #enter()}. */
public interface DeviceDecoder extends AutoCloseable {
    /** Tokens of prompts that are computed at once. */
    int PROMPT_TOKENS = 16_384;

    /** A step as it is done, where {@link #profile} has its parts. */
    String WHOLE_STEP = "whole step";

    /** Number of rows that a graph for this many rows has: few graphs serve all. */
    static int size(int rows) {
        if (rows <= 8) return Math.max(1, Integer.highestOneBit(2 * rows - 1));
        int step = rows <= 64 ? 8 : rows <= 512 ? 32 : 128;
        return (rows + step - 1) / step * step;
    }

    /** Causal attention over prompts, each by itself. */
    interface PromptAttention {
        /** From queries, keys and values as {@link Prompt} says to what it says. */
        void run();
    }

    /**
     * Where attention over prompts reads and writes: [tokens, heads, width] bf16 on the device.
     *
     * @param attention that reads q, k and v and writes o
     */
    record Prompt(long q, long k, long v, long o, PromptAttention attention) {}

    /** Makes the calling thread work on the device. */
    void enter();

    /** Where keys and values of each layer lie, [rows, kv heads, capacity, width]; may change between steps. */
    void cache(int capacity, long[] keysAndValues);

    /** Takes the place of the adapter before; all R are forgotten. */
    void adapter(DeviceAdapter adapter);

    /** Room for the R of this many policies; those that are there are forgotten. */
    void resize(int policies);

    /** Sets R of a policy: [layers, 7 modules, rank, rank] fp32. */
    void core(int policy, float[] numbers);

    /** The rows of the next step, to be filled. */
    DeviceRows rows();

    /**
     * Starts a step of the first {@code count} rows as they are set.
     *
     * @return what waits for [3, count] of token, log-prob, raw log-prob; the rows on the device have gone on by then
     */
    Supplier<double[]> step(int count);

    /** Starts a step of the rows as the last step left them, which may not be done yet. */
    Supplier<double[]> again(int count);

    /** The tokens of the next prompts, to be filled. */
    DeviceRows prompts();

    /** Computes the first {@code count} tokens of {@link #prompts()}, so that the cache holds their keys and values. */
    void prefill(int count, Prompt prompt);

    /**
     * Microseconds that each part of a step takes by itself, all layers together, over the rows as they are set, and
     * {@link #WHOLE_STEP}, in which parts may overlap.
     *
     * @param repeats launches that the mean is of
     */
    Map<String, Double> profile(int count, int repeats);

    /** Copies the first {@code length} tokens of cache rows, source [i] to target [i]. */
    void move(int[] source, int[] target, int length);

    @Override
    void close();
}
