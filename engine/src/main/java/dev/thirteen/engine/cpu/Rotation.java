package dev.thirteen.engine.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Rotary position embedding: cosines and sines of positions, in the format of the weights, as Hugging Face has them. */
final class Rotation {
    private final Loops loops;
    private final float[] frequencies;
    private float[] cosines = new float[0];
    private float[] sines = new float[0];
    private int positions;

    Rotation(Loops loops, float[] frequencies) {
        this.loops = loops;
        this.frequencies = frequencies;
    }

    /** To be called before {@link #turn} for positions below this number. */
    void reach(int count) {
        if (count <= positions) return;
        int next = Math.max(count, 2 * positions);
        int half = frequencies.length;
        cosines = Arrays.copyOf(cosines, next * half);
        sines = Arrays.copyOf(sines, next * half);
        for (int p = positions; p < next; p++) {
            for (int i = 0; i < half; i++) {
                float angle = p * frequencies[i];
                cosines[p * half + i] = loops.rounded((float) Math.cos(angle));
                sines[p * half + i] = loops.rounded((float) Math.sin(angle));
            }
        }
        positions = next;
    }

    /**
     * Turns one head from {@code at} on: number i with number i of the other half.
     *
     * @param rounds whether each product and sum is rounded to bf16
     */
    void turn(float[] head, int at, int position, boolean rounds) {
        int half = frequencies.length;
        for (int i = 0; i < half; i += Lanes.COUNT) {
            VectorMask<Float> mask = Lanes.FLOATS.indexInRange(i, half);
            FloatVector cos = FloatVector.fromArray(Lanes.FLOATS, cosines, position * half + i, mask);
            FloatVector sin = FloatVector.fromArray(Lanes.FLOATS, sines, position * half + i, mask);
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, head, at + i, mask);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, head, at + half + i, mask);
            sum(a.mul(cos), b.mul(sin).neg(), rounds).intoArray(head, at + i, mask);
            sum(b.mul(cos), a.mul(sin), rounds).intoArray(head, at + half + i, mask);
        }
    }

    private static FloatVector sum(FloatVector a, FloatVector b, boolean rounds) {
        return rounds ? Lanes.rounded(Lanes.rounded(a).add(Lanes.rounded(b))) : a.add(b);
    }
}
