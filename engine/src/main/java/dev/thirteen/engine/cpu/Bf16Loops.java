package dev.thirteen.engine.cpu;

import dev.thirteen.core.adapter.ValueType;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Loops over bf16, which lies in memory in pairs: a vector of whole words is read and taken apart. */
final class Bf16Loops implements Loops {
    private static final int BYTES = Short.BYTES;
    private static final long WORD = (long) Lanes.PAIR * BYTES;

    @Override
    public int bytes() {
        return BYTES;
    }

    @Override
    public void move(long from, long to) {
        Lanes.MEMORY.set(
                ValueLayout.JAVA_SHORT_UNALIGNED, to, Lanes.MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
    }

    @Override
    public void store(long address, float value) {
        Lanes.MEMORY.set(
                ValueLayout.JAVA_SHORT_UNALIGNED, address, (short) (Float.floatToRawIntBits(rounded(value)) >>> 16));
    }

    @Override
    public void store(long address, float[] values, int from, int count) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector numbers = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            Lanes.putHalves(Lanes.rounded(numbers), address + (long) i * BYTES);
        }
        for (; i < count; i++) store(address + (long) i * BYTES, values[from + i]);
    }

    @Override
    public float rounded(float value) {
        return ValueType.BF16.round(value);
    }

    @Override
    public int place(int i) {
        return i / Lanes.PAIR * Lanes.PAIR + i % 2 * Lanes.COUNT + i % Lanes.PAIR / 2;
    }

    @Override
    public int slot(int i) {
        return i % Lanes.COUNT * 2 + i / Lanes.COUNT;
    }

    @Override
    public void product(long strip, int depth, float[] x, int at, float[] y, int to, int stride) {
        FloatVector a0 = FloatVector.zero(Lanes.FLOATS), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        long w = strip;
        int i = at;
        for (int k = 0; k < depth; k++, i += ROWS, w += WORD) {
            IntVector pairs = Lanes.ints(w);
            FloatVector low = Lanes.low(pairs);
            FloatVector high = Lanes.high(pairs);
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
        VectorMask<Integer> rest = Lanes.INTS.indexInRange(0, (width - whole) / 2);
        long key = keys;
        for (int t = 0; t < tokens; t++, key += (long) width * BYTES) {
            FloatVector a = FloatVector.zero(Lanes.FLOATS);
            FloatVector b = a;
            for (int c = 0; c < whole; c += Lanes.PAIR) {
                IntVector pairs = Lanes.ints(key + (long) c * BYTES);
                a = Lanes.low(pairs).fma(FloatVector.fromArray(Lanes.FLOATS, query, at + c), a);
                b = Lanes.high(pairs).fma(FloatVector.fromArray(Lanes.FLOATS, query, at + c + Lanes.COUNT), b);
            }
            if (whole < width) {
                IntVector pairs = Lanes.ints(key + (long) whole * BYTES, rest);
                a = Lanes.low(pairs).fma(FloatVector.fromArray(Lanes.FLOATS, query, at + whole), a);
                b = Lanes.high(pairs).fma(FloatVector.fromArray(Lanes.FLOATS, query, at + whole + Lanes.COUNT), b);
            }
            a.add(b).intoArray(parts, t * Lanes.COUNT);
        }
    }

    @Override
    public void weighted(long values, int tokens, int width, float[] weights, int from, float[] sum, int at) {
        for (int c = 0; c < width; c += Lanes.PAIR) {
            VectorMask<Integer> rest = Lanes.INTS.indexInRange(0, (width - c) / 2);
            FloatVector a0 = FloatVector.zero(Lanes.FLOATS), a1 = a0, b0 = a0, b1 = a0;
            long value = values + (long) c * BYTES;
            long step = (long) width * BYTES;
            int t = 0;
            for (; t < tokens - 1; t += 2, value += 2 * step) {
                IntVector pairs = Lanes.ints(value, rest);
                FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t]);
                a0 = Lanes.low(pairs).fma(w, a0);
                b0 = Lanes.high(pairs).fma(w, b0);
                pairs = Lanes.ints(value + step, rest);
                w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t + 1]);
                a1 = Lanes.low(pairs).fma(w, a1);
                b1 = Lanes.high(pairs).fma(w, b1);
            }
            if (t < tokens) {
                IntVector pairs = Lanes.ints(value, rest);
                FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[from + t]);
                a0 = Lanes.low(pairs).fma(w, a0);
                b0 = Lanes.high(pairs).fma(w, b0);
            }
            Lanes.put(a0.add(a1), b0.add(b1), sum, at + c);
        }
    }
}
