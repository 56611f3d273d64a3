package dev.thirteen.engine.device;

import java.util.List;

/**
 * Forward and backward pass over whole sequences for an adapter whose R is trained: 4 operations a weight and token, and
 * activations kept for the way back. Attention and head are the caller's. Used by one thread, which has called
 * {@link #enter()}.
 */
public interface DeviceBackward extends AutoCloseable {
    /** Where the caller's tensors lie on the device. */
    record Tensors(List<Attention> layers, long o, long by, long dq, long dk, long dv, long x, long gradient) {
        /** Queries, keys and values of a layer, rotated: [tokens, heads, width] bf16. */
        public record Attention(long q, long k, long v) {}

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

    /** Makes the calling thread work on the device. */
    void enter();

    /** The tokens of the next pass, to be filled; their policy is 0. */
    DeviceRows rows();

    /** Sets R: [layers, 7 modules, rank, rank] fp32. */
    void core(float[] numbers);

    /** Computes the residual stream after the last layer into the caller's x. */
    void forward(int count, Caller caller);

    /**
     * The way back, from the gradient by x in the caller's tensor.
     *
     * @return the gradient by R: [layers, 7 modules, rank, rank]
     */
    float[] backward(int count, Caller caller);

    @Override
    void close();
}
