package dev.thirteen.engine.cpu;

import java.util.Arrays;

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

    /** Turns one head at {@code at}: number i with number i of the other half. */
    void turn(float[] head, int at, int position) {
        int half = frequencies.length;
        for (int i = 0; i < half; i++) {
            float cos = cosines[position * half + i];
            float sin = sines[position * half + i];
            float a = head[at + i];
            float b = head[at + half + i];
            head[at + i] = a * cos - b * sin;
            head[at + half + i] = b * cos + a * sin;
        }
    }
}
