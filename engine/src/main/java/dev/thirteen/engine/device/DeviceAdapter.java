package dev.thirteen.engine.device;

/**
 * Frozen factors of an adapter whose policies differ in R alone, as bf16 bits.
 *
 * @param rank of each module, filled up with zeros; at most {@link DecoderShape#MAX_RANK}
 * @param a A of each fused linear, module below module [modules · rank, in]; numbered layer by layer: qkv, o, gate and up,
 *     down
 * @param b B of each fused linear [out, rank]
 */
public record DeviceAdapter(int rank, short[][] a, short[][] b) {}
