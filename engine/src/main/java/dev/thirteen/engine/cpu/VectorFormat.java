package dev.thirteen.engine.cpu;

/** Number formats of weights and cache that the loops know. */
public enum VectorFormat {
    BF16(new Bf16Loops()),
    FP32(new Fp32Loops());

    private final Loops loops;

    VectorFormat(Loops loops) {
        this.loops = loops;
    }

    Loops loops() {
        return loops;
    }
}
