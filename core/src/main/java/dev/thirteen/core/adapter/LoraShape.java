package dev.thirteen.core.adapter;

import java.util.Arrays;

/**
 * Shape of the two factors of one module: A [rank, in], B [out, rank].
 *
 * @param scale s of ΔW = s B A, for example α/r
 */
public record LoraShape(int rank, int in, int out, float scale) {
    int aNumbers() {
        return Math.multiplyExact(rank, in);
    }

    int bNumbers() {
        return Math.multiplyExact(out, rank);
    }

    int numbers() {
        return Math.addExact(aNumbers(), bNumbers());
    }

    /**
     * Directions in which A and B can move B A: the same comes of (B G⁻¹) (G A), with G [rank, rank], and a rank above both sides
     * adds none.
     */
    int freedom() {
        int most = Math.min(rank, Math.min(in, out));
        return Math.multiplyExact(most, Math.addExact(in, out) - most);
    }

    /** Part of a value vector, zeros where it is empty; times a factor. */
    static float[] part(float[] values, int first, int count, float factor) {
        if (values.length == 0) return new float[count];
        float[] part = Arrays.copyOfRange(values, first, first + count);
        if (factor != 1) for (int i = 0; i < count; i++) part[i] *= factor;
        return part;
    }

    /** Adds a part's gradient times a factor. */
    static void add(double[] gradient, int first, float[] part, double factor) {
        for (int i = 0; i < part.length; i++) gradient[first + i] += factor * part[i];
    }
}
