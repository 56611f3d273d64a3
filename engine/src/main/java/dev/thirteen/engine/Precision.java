package dev.thirteen.engine;

/** Number format of weights and activations. */
public enum Precision {
    FP32,
    BF16,
    /** BF16 where the processor multiplies it in hardware, FP32 elsewhere. */
    AUTO
}
