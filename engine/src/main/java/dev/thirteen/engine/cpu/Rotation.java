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
     * One head from {@code at} on, turned: number i with number i of the other half.
     *
     * @param rounds whether each product and sum is rounded to bf16
     */
    void turn(float[] head, int at, int position, boolean rounds, float[] into) {
        turn(head, at, position, false, rounds, into);
        turn(head, at, position, true, rounds, into);
    }

    /** x cos - y sin, or y cos + x sin: a half at a time, as both are longer than what the compiler takes into one method. */
    private void turn(float[] head, int at, int position, boolean second, boolean rounds, float[] into) {
        int half = frequencies.length;
        int to = second ? half : 0;
        int other = half - to;
        float sign = second ? 1 : -1;
        for (int i = 0; i < half; i += Lanes.COUNT) {
            VectorMask<Float> mask = Lanes.FLOATS.indexInRange(i, half);
            FloatVector cos = FloatVector.fromArray(Lanes.FLOATS, cosines, position * half + i, mask);
            FloatVector sin = FloatVector.fromArray(Lanes.FLOATS, sines, position * half + i, mask);
            FloatVector a =
                    FloatVector.fromArray(Lanes.FLOATS, head, at + to + i, mask).mul(cos);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, head, at + other + i, mask)
                    .mul(sin.mul(sign));
            FloatVector sum = rounds ? Lanes.rounded(Lanes.rounded(a).add(Lanes.rounded(b))) : a.add(b);
            sum.intoArray(into, to + i, mask);
        }
    }
}
