package dev.thirteen.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** What is done to one row between products. */
final class RowLoops {
    private RowLoops() {}

    /** Root mean square norm (arXiv 1910.07467) of as many numbers as there are weights. */
    static void norm(float[] x, int at, float[] weight, double eps, float[] into) {
        int count = weight.length;
        float scale = (float) (1 / Math.sqrt(Lanes.dot(x, at, x, at, count) / count + eps));
        FloatVector by = FloatVector.broadcast(Lanes.FLOATS, scale);
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, x, at + i)
                    .mul(by)
                    .mul(FloatVector.fromArray(Lanes.FLOATS, weight, i))
                    .intoArray(into, i);
        }
        for (; i < count; i++) into[i] = x[at + i] * scale * weight[i];
    }

    /**
     * silu(gate) up, of rows [gate, up].
     *
     * @param rounds whether both products are rounded to bf16
     */
    static void gated(float[] gateUp, int at, int count, float[] into, boolean rounds) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector gate = FloatVector.fromArray(Lanes.FLOATS, gateUp, at + i);
            FloatVector up = FloatVector.fromArray(Lanes.FLOATS, gateUp, at + count + i);
            gated(gate, up, rounds).intoArray(into, i);
        }
        if (i < count) {
            VectorMask<Float> mask = Lanes.FLOATS.indexInRange(i, count);
            FloatVector gate = FloatVector.fromArray(Lanes.FLOATS, gateUp, at + i, mask);
            FloatVector up = FloatVector.fromArray(Lanes.FLOATS, gateUp, at + count + i, mask);
            gated(gate, up, rounds).intoArray(into, i, mask);
        }
    }

    private static FloatVector gated(FloatVector gate, FloatVector up, boolean rounds) {
        FloatVector silu = gate.div(Lanes.exp(gate.neg()).add(1));
        return rounds ? Lanes.rounded(Lanes.rounded(silu).mul(up)) : silu.mul(up);
    }

    /**
     * e^(p - largest) in place, from {@code at} on; p has room up to the next whole vector.
     *
     * @param rounds whether they are rounded to bf16 after they are summed
     * @return their sum
     */
    static float exponentials(float[] p, int at, int count, boolean rounds) {
        float largest = largest(p, at, count);
        int whole = Math.ceilDiv(count, Lanes.COUNT) * Lanes.COUNT;
        for (int i = count; i < whole; i++) p[at + i] = Float.NEGATIVE_INFINITY;
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector e =
                    Lanes.exp(FloatVector.fromArray(Lanes.FLOATS, p, at + i).sub(largest));
            sum = sum.add(e);
            (rounds ? Lanes.rounded(e) : e).intoArray(p, at + i);
        }
        return Lanes.sum(sum);
    }

    /** Multiplies some numbers. */
    static void scale(float[] x, int at, int count, float by) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, x, at + i).mul(by).intoArray(x, at + i);
        }
        for (; i < count; i++) x[at + i] *= by;
    }

    /** The largest of some numbers. */
    static float largest(float[] x, int at, int count) {
        FloatVector most = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            most = Lanes.larger(most, FloatVector.fromArray(Lanes.FLOATS, x, at + i));
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) largest = Math.max(largest, x[at + i]);
        return largest;
    }
}
