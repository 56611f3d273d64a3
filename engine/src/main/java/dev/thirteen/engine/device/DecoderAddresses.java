package dev.thirteen.engine.device;

import java.util.List;

/**
 * Where a decoder's weights lie on the device, in bf16 (frequencies in fp32); 0 for what the family does not have. Each
 * matrix has {@link DecoderShape#ROOM} rows behind its own, which the kernels write.
 */
public record DecoderAddresses(long embedding, long finalNorm, long head, long frequencies, List<Layer> layers) {
    /** Weights of one layer; q, k and v stand below each other, so do gate and up. */
    public record Layer(
            long inputNorm,
            long qkv,
            long qkvBias,
            long o,
            long oBias,
            long postNorm,
            long gateUp,
            long gateUpBias,
            long down,
            long downBias,
            long qNorm,
            long kNorm) {}

    public DecoderAddresses {
        layers = List.copyOf(layers);
    }

    /** Weight of a fused linear, numbered layer by layer: qkv, o, gate and up, down. */
    public long matrix(int linear) {
        Layer layer = layers.get(linear / 4);
        return switch (linear % 4) {
            case 0 -> layer.qkv();
            case 1 -> layer.o();
            case 2 -> layer.gateUp();
            default -> layer.down();
        };
    }
}
