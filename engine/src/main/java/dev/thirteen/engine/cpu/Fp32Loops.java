package dev.thirteen.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Loops over fp32. */
final class Fp32Loops implements Loops {
    private static final int BYTES = Float.BYTES;
    private static final long HALF = (long) Lanes.COUNT * BYTES;

    @Override
    public int bytes() {
        return BYTES;
    }

    @Override
    public void move(long from, long to) {
        Lanes.MEMORY.set(
                ValueLayout.JAVA_FLOAT_UNALIGNED, to, Lanes.MEMORY.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from));
    }

    @Override
    public void store(long address, float value) {
        Lanes.MEMORY.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    @Override
    public void store(long address, float[] values, int from, int count) {
        MemorySegment.copy(values, from, Lanes.MEMORY, ValueLayout.JAVA_FLOAT_UNALIGNED, address, count);
    }

    @Override
    public float rounded(float value) {
        return value;
    }

    @Override
    public int place(int i) {
        return i;
    }

    @Override
    public int slot(int i) {
        return i;
    }

    @Override
    public void product(long strip, int depth, float[] x, int at, float[] y, int to, int stride) {
        FloatVector a0 = FloatVector.zero(Lanes.FLOATS), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        long w = strip;
        int i = at;
        for (int k = 0; k < depth; k++, i += ROWS, w += 2 * HALF) {
            FloatVector low = Lanes.floats(w);
            FloatVector high = Lanes.floats(w + HALF);
            FloatVector c = FloatVector.broadcast(Lanes.FLOATS, x[i]);
            a0 = low.fma(c, a0);
            b0 = high.fma(c, b0);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 1]);
            a1 = low.fma(c, a1);
            b1 = high.fma(c, b1);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 2]);
            a2 = low.fma(c, a2);
            b2 = high.fma(c, b2);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 3]);
            a3 = low.fma(c, a3);
            b3 = high.fma(c, b3);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 4]);
            a4 = low.fma(c, a4);
            b4 = high.fma(c, b4);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 5]);
            a5 = low.fma(c, a5);
            b5 = high.fma(c, b5);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 6]);
            a6 = low.fma(c, a6);
            b6 = high.fma(c, b6);
            c = FloatVector.broadcast(Lanes.FLOATS, x[i + 7]);
            a7 = low.fma(c, a7);
            b7 = high.fma(c, b7);
        }
        Lanes.put(a0, b0, a1, b1, y, to, stride);
        Lanes.put(a2, b2, a3, b3, y, to + 2 * stride, stride);
        Lanes.put(a4, b4, a5, b5, y, to + 4 * stride, stride);
        Lanes.put(a6, b6, a7, b7, y, to + 6 * stride, stride);
    }

    @Override
    public void parts(long keys, int tokens, int width, float[] query, int at, float[] parts) {
        int whole = width / Lanes.PAIR * Lanes.PAIR;
        VectorMask<Float> first = Lanes.FLOATS.indexInRange(0, width - whole);
        VectorMask<Float> second = Lanes.FLOATS.indexInRange(Lanes.COUNT, width - whole);
        long key = keys;
        for (int t = 0; t < tokens; t++, key += (long) width * BYTES) {
            FloatVector a = FloatVector.zero(Lanes.FLOATS);
            FloatVector b = a;
            for (int c = 0; c < whole; c += Lanes.PAIR) {
                a = Lanes.floats(key + (long) c * BYTES).fma(FloatVector.fromArray(Lanes.FLOATS, query, at + c), a);
                b = Lanes.floats(key + (long) c * BYTES + HALF)
                        .fma(FloatVector.fromArray(Lanes.FLOATS, query, at + c + Lanes.COUNT), b);
            }
            if (whole < width) {
                a = Lanes.floats(key + (long) whole * BYTES, first)
                        .fma(FloatVector.fromArray(Lanes.FLOATS, query, at + whole), a);
                b = Lanes.floats(key + (long) whole * BYTES + HALF, second)
                        .fma(FloatVector.fromArray(Lanes.FLOATS, query, at + whole + Lanes.COUNT), b);
            }
            a.add(b).intoArray(parts, t * Lanes.COUNT);
        }
    }

    @Override
    public void weighted(long values, int tokens, int width, float[] weights, int from, float[] sum, int at) {
        for (int c = 0; c < width; c += Lanes.PAIR) {
            VectorMask<Float> first = Lanes.FLOATS.indexInRange(c, width);
            VectorMask<Float> second = Lanes.FLOATS.indexInRange(c + Lanes.COUNT, width);
            FloatVector a0 = FloatVector.zero(Lanes.FLOATS), a1 = a0, b0 = a0, b1 = a0;
            long value = values + (long) c * BYTES;
            long step = (long) width * BYTES;
            int t = 0;
            for (; t < tokens - 1; t += 2, value += 2 * step) {
                FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t]);
                a0 = Lanes.floats(value, first).fma(w, a0);
                b0 = Lanes.floats(value + HALF, second).fma(w, b0);
                w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t + 1]);
                a1 = Lanes.floats(value + step, first).fma(w, a1);
                b1 = Lanes.floats(value + step + HALF, second).fma(w, b1);
            }
            if (t < tokens) {
                FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t]);
                a0 = Lanes.floats(value, first).fma(w, a0);
                b0 = Lanes.floats(value + HALF, second).fma(w, b0);
            }
            Lanes.put(a0.add(a1), b0.add(b1), sum, at + c);
        }
    }
}
