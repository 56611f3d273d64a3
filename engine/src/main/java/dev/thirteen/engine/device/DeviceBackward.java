package dev.thirteen.engine.device;

import java.util.List;

/**
 * Forward and backward pass over whole sequences for an adapter whose R is trained: 4 operations a weight and token, and
 * activations kept for the way back. Attention is the caller's. Used by one thread, which has called
 * {@link #enter()}.
 */
public interface DeviceBackward extends AutoCloseable {
    /** Where the caller's tensors lie on the device. */
    record Tensors(List<Attention> layers, long by, long dq, long dk, long dv, long x, long gradient) {
        /** Queries, keys and values of a layer, rotated, and what attention makes of them: [tokens, heads, width] bf16. */
        public record Attention(long q, long k, long v, long o) {}

        public Tensors {
            layers = List.copyOf(layers);
        }
    }

    /** The caller's part of a layer. */
    interface Caller {
        /** From q, k and v to o. */
        void attend(int layer);

        /** From q, k, v and the gradient by o to those by q, k and v. */
        void attendBack(int layer);
    }

    /**
     * Where the head reads and writes.
     *
     * @param count completion tokens n
     * @param select [n] int64: the place that predicts each
     * @param targets [n] int64: its token
     * @param temperature that logits are divided by
     * @param logProbs [n] fp32, to be set
     * @param directions [n, hidden] fp32, to be set: the derivative of each log-prob by the normed x, (W[y] - sum_k p_k W[k]) / T
     */
    record Head(int count, long select, long targets, double temperature, long logProbs, long directions) {
        /** From a token on, so many. */
        public Head part(int first, int rows, int hidden) {
            return new Head(
                    rows,
                    select + 8L * first,
                    targets + 8L * first,
                    temperature,
                    logProbs + 4L * first,
                    directions + 4L * hidden * first);
        }
    }

    /** Makes the calling thread work on the device. */
    void enter();

    /** The tokens of the next pass, to be filled; their policy is 0. */
    DeviceRows rows();

    /** Sets R: [layers, 7 modules, rank, rank] fp32. */
    void core(float[] numbers);

    /** Computes the residual stream after the last layer into the caller's x. */
    void forward(int count, Caller caller);

    /** Log-probs of completion tokens and their derivatives, from the caller's x. */
    void head(Head head);

    /**
     * The way back, from the gradient by x in the caller's tensor.
     *
     * @return the gradient by R: [layers, 7 modules, rank, rank]
     */
    float[] backward(int count, Caller caller);

    @Override
    void close();
}
