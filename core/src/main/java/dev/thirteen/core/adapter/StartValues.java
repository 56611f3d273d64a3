package dev.thirteen.core.adapter;

import dev.thirteen.core.sampling.CounterRandom;

/** Values that training starts with, as functions of seed and place: the same on every machine. */
final class StartValues {
    private StartValues() {}

    /** A [rank, in] by Kaiming's uniform law with a = √5, as PEFT draws it: ±1/√in. */
    static void kaiming(float[] values, int first, LoraShape shape, long seed) {
        double bound = 1 / Math.sqrt(shape.in());
        for (int i = 0; i < shape.aNumbers(); i++) {
            values[first + i] = (float) ((2 * CounterRandom.uniformDouble(seed, first, i) - 1) * bound);
        }
    }

    /** Normal, by Box and Muller. */
    static void normal(float[] values, int first, int count, double deviation, long seed) {
        for (int i = 0; i < count; i++) {
            double radius = Math.sqrt(-2 * StrictMath.log(1 - CounterRandom.uniformDouble(seed, first, 2L * i)));
            double angle = 2 * StrictMath.PI * CounterRandom.uniformDouble(seed, first, 2L * i + 1);
            values[first + i] = (float) (deviation * radius * StrictMath.cos(angle));
        }
    }
}
