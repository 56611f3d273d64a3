package dev.thirteen.engine;

import org.jspecify.annotations.Nullable;

/** Rotary positions: base theta, and the stretching of Llama 3.1 where a model has it. */
record Rope(double theta, @Nullable Llama3 scaling) {
    /**
     * Llama 3.1's scaling: wavelengths above originalPositions / low are divided by factor, those below
     * originalPositions / high are kept, and between the two it is blended.
     */
    record Llama3(double factor, double low, double high, int originalPositions) {}

    /** Angle a position, one for each pair of a head of this width. */
    float[] frequencies(int width) {
        float[] frequencies = new float[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            // fp32 as Hugging Face computes it, so that angles of late positions agree.
            float frequency = 1f / (float) Math.pow(theta, 2.0 * i / width);
            frequencies[i] = scaling == null ? frequency : scaled(frequency, scaling);
        }
        return frequencies;
    }

    private static float scaled(float frequency, Llama3 by) {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > by.originalPositions() / by.low()) return (float) (frequency / by.factor());
        if (wavelength < by.originalPositions() / by.high()) return frequency;
        double smooth = (by.originalPositions() / wavelength - by.low()) / (by.high() - by.low());
        return (float) ((1 - smooth) * frequency / by.factor() + smooth * frequency);
    }
}
