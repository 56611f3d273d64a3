package dev.thirteen.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of sixteen numbers, and what all loops do with them. */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final VectorSpecies<Short> HALVES = ShortVector.SPECIES_256;
    static final int COUNT = FLOATS.length();
    /** Numbers that the loops take at once: two vectors. */
    static final int PAIR = 2 * COUNT;

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    /** All memory of the process, to be read and written by address. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final float LARGEST = 88;
    private static final float SMALLEST = -87;
    private static final float LOG2_E = 1.44269504f;
    private static final float LN_2_HIGH = 0.693359375f;
    private static final float LN_2_LOW = -2.12194440e-4f;
    /** Added and taken away again, it rounds to a whole number, which stands in the lowest bits between. */
    private static final float ROUNDER = 12_582_912;

    private static final int EXPONENT_SHIFT = 23;

    private static final VectorShuffle<Float> BY_8 = turned(8, COUNT);
    private static final VectorShuffle<Float> BY_4 = turned(4, COUNT);
    private static final VectorShuffle<Float> BY_2 = turned(2, COUNT);
    private static final VectorShuffle<Float> BY_1 = turned(1, COUNT);
    private static final VectorShuffle<Float> BY_4_OF_8 = turned(4, 8);
    private static final VectorShuffle<Float> BY_2_OF_4 = turned(2, 4);
    private static final VectorShuffle<Float> BY_1_OF_4 = turned(1, 4);
    private static final VectorMask<Float> UPPER_8 = VectorMask.fromLong(FLOATS, 0xFF00);
    private static final VectorMask<Float> UPPER_4_OF_8 = VectorMask.fromLong(FLOATS, 0xF0F0);
    /** Four sums, as they come out of {@link #sums}, to the front. */
    private static final VectorShuffle<Float> FOUR_SUMS = VectorShuffle.fromOp(FLOATS, i -> i % 2 * 8 + i / 2 % 2 * 4);

    private static final VectorMask<Float> FIRST_4 = VectorMask.fromLong(FLOATS, 0xF);

    private Lanes() {}

    private static VectorShuffle<Float> turned(int by, int of) {
        return VectorShuffle.fromOp(FLOATS, i -> i / of * of + (i + by) % of);
    }

    /** The lower bf16 of each pair, as fp32. */
    static FloatVector low(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** The upper bf16 of each pair, as fp32. */
    static FloatVector high(IntVector pairs) {
        return pairs.and(0xFFFF0000).reinterpretAsFloats();
    }

    private static FloatVector all(float number) {
        return FloatVector.broadcast(FLOATS, number);
    }

    static FloatVector floats(long address) {
        return FloatVector.fromMemorySegment(FLOATS, MEMORY, address, ORDER);
    }

    static FloatVector floats(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(FLOATS, MEMORY, address, ORDER, mask);
    }

    static IntVector ints(long address) {
        return IntVector.fromMemorySegment(INTS, MEMORY, address, ORDER);
    }

    static IntVector ints(long address, VectorMask<Integer> mask) {
        return IntVector.fromMemorySegment(INTS, MEMORY, address, ORDER, mask);
    }

    /** Halves onto halves: the order is fixed, where that of a reduction depends on who compiles it. */
    static float sum(FloatVector v) {
        FloatVector eight = v.add(v.rearrange(BY_8));
        FloatVector four = eight.add(eight.rearrange(BY_4));
        FloatVector two = four.add(four.rearrange(BY_2));
        return two.add(two.rearrange(BY_1)).lane(0);
    }

    /** Of some rows of {@link #COUNT} numbers the sums, each in the order of {@link #sum}. */
    static void sums(float[] rows, int count, float[] sums, int to) {
        int i = 0;
        for (; i <= count - 4; i += 4) {
            int at = i * COUNT;
            FloatVector a = FloatVector.fromArray(FLOATS, rows, at);
            FloatVector b = FloatVector.fromArray(FLOATS, rows, at + COUNT);
            FloatVector c = FloatVector.fromArray(FLOATS, rows, at + 2 * COUNT);
            FloatVector d = FloatVector.fromArray(FLOATS, rows, at + 3 * COUNT);
            // Half of each vector is free when halves are added: the other row's stand there.
            FloatVector ab = a.blend(b, UPPER_8).add(b.blend(a, UPPER_8).rearrange(BY_8));
            FloatVector cd = c.blend(d, UPPER_8).add(d.blend(c, UPPER_8).rearrange(BY_8));
            FloatVector acbd =
                    ab.blend(cd, UPPER_4_OF_8).add(cd.blend(ab, UPPER_4_OF_8).rearrange(BY_4_OF_8));
            FloatVector two = acbd.add(acbd.rearrange(BY_2_OF_4));
            FloatVector one = two.add(two.rearrange(BY_1_OF_4));
            one.rearrange(FOUR_SUMS).intoArray(sums, to + i, FIRST_4);
        }
        for (; i < count; i++) sums[to + i] = sum(FloatVector.fromArray(FLOATS, rows, i * COUNT));
    }

    /**
     * e^x, relative error below 2e-7 (the polynomial of Cephes' expf); 0 below -87, infinite above 88. Limits are put by masks:
     * the smaller of two floats, as Java has it, takes seven instructions.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector rounded = x.fma(all(LOG2_E), all(ROUNDER));
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = n.fma(all(-LN_2_LOW), n.fma(all(-LN_2_HIGH), x));
        FloatVector p = r.fma(all(1.9875691500e-4f), all(1.3981999507e-3f));
        p = p.fma(r, all(8.3334519073e-3f));
        p = p.fma(r, all(4.1665795894e-2f));
        p = p.fma(r, all(1.6666665459e-1f));
        p = p.fma(r, all(5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1));
        IntVector power = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
        FloatVector scaled = p.reinterpretAsInts().add(power).reinterpretAsFloats();
        return scaled.blend(0, x.lt(SMALLEST)).blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, LARGEST));
    }

    /** The larger of each, but for NaN. */
    static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    /** The nearest bf16 of each, of two the even one; no NaN. */
    static FloatVector rounded(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        return bits.add(odd).add(0x7FFF).and(0xFFFF0000).reinterpretAsFloats();
    }

    /** Rounds some numbers to bf16. */
    static void round(float[] x, int at, int count) {
        int i = 0;
        for (; i <= count - COUNT; i += COUNT) {
            rounded(FloatVector.fromArray(FLOATS, x, at + i)).intoArray(x, at + i);
        }
        if (i < count) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            rounded(FloatVector.fromArray(FLOATS, x, at + i, mask)).intoArray(x, at + i, mask);
        }
    }

    private static ShortVector halves(FloatVector x) {
        IntVector words = x.reinterpretAsInts().lanewise(VectorOperators.LSHR, 16);
        return words.convertShape(VectorOperators.I2S, HALVES, 0).reinterpretAsShorts();
    }

    /** Writes the upper halves. */
    static void putHalves(FloatVector x, long address) {
        halves(x).intoMemorySegment(MEMORY, address, ORDER);
    }

    /** The upper halves of some numbers: bf16 of what is rounded. */
    static void upperHalves(float[] x, int from, int count, short[] into, int to) {
        int i = 0;
        for (; i <= count - COUNT; i += COUNT) {
            halves(FloatVector.fromArray(FLOATS, x, from + i)).intoArray(into, to + i);
        }
        for (; i < count; i++) into[to + i] = (short) (Float.floatToRawIntBits(x[from + i]) >>> 16);
    }

    /** Writes a pair. */
    static void put(FloatVector low, FloatVector high, float[] y, int to) {
        low.intoArray(y, to);
        high.intoArray(y, to + COUNT);
    }

    /** Writes a pair, and the one of the next row. */
    static void put(
            FloatVector low,
            FloatVector high,
            FloatVector nextLow,
            FloatVector nextHigh,
            float[] y,
            int to,
            int stride) {
        put(low, high, y, to);
        put(nextLow, nextHigh, y, to + stride);
    }

    /** Sum of a[i] b[i]. */
    static float dot(float[] a, int aFrom, float[] b, int bFrom, int count) {
        FloatVector one = FloatVector.zero(FLOATS);
        FloatVector two = one;
        int i = 0;
        for (; i <= count - PAIR; i += PAIR) {
            one = FloatVector.fromArray(FLOATS, a, aFrom + i).fma(FloatVector.fromArray(FLOATS, b, bFrom + i), one);
            two = FloatVector.fromArray(FLOATS, a, aFrom + i + COUNT)
                    .fma(FloatVector.fromArray(FLOATS, b, bFrom + i + COUNT), two);
        }
        float sum = sum(one.add(two));
        for (; i < count; i++) sum += a[aFrom + i] * b[bFrom + i];
        return sum;
    }

    /** y[i] += s x[i]. Vectors by hand: the compiler makes none where two arrays might be one. */
    static void add(float s, float[] x, int xFrom, float[] y, int yFrom, int count) {
        FloatVector by = all(s);
        int i = 0;
        for (; i <= count - COUNT; i += COUNT) {
            FloatVector.fromArray(FLOATS, x, xFrom + i)
                    .fma(by, FloatVector.fromArray(FLOATS, y, yFrom + i))
                    .intoArray(y, yFrom + i);
        }
        for (; i < count; i++) y[yFrom + i] = Math.fma(s, x[xFrom + i], y[yFrom + i]);
    }
}
