package dev.thirteen.core.sampling;

/**
 * Random numbers as a pure function of (seed, stream, position): Philox4x32-10 (Salmon et al., "Parallel random numbers:
 * as easy as 1, 2, 3", SC 2011). The seed is the key; position and stream are the counter. Nothing is remembered, so a
 * sample that is drawn again is the same sample.
 */
public final class CounterRandom {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private CounterRandom() {}

    /** 64 random bits. */
    public static long bits(long seed, long stream, long position) {
        int[] counter = {(int) position, (int) (position >>> 32), (int) stream, (int) (stream >>> 32)};
        int[] block = block(counter, (int) seed, (int) (seed >>> 32));
        return (long) block[0] << 32 | Integer.toUnsignedLong(block[1]);
    }

    /** Uniform in [0, 1), a multiple of 2⁻²⁴. */
    public static float uniform(long seed, long stream, long position) {
        return (bits(seed, stream, position) >>> 40) * 0x1p-24f;
    }

    /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
    public static double uniformDouble(long seed, long stream, long position) {
        return (bits(seed, stream, position) >>> 11) * 0x1p-53;
    }

    /** Ten rounds over a counter of four words; the counter array is overwritten and returned. */
    static int[] block(int[] counter, int key0, int key1) {
        int k0 = key0;
        int k1 = key1;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(counter[0]);
            long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(counter[2]);
            counter[0] = (int) (product1 >>> 32) ^ counter[1] ^ k0;
            counter[1] = (int) product1;
            counter[2] = (int) (product0 >>> 32) ^ counter[3] ^ k1;
            counter[3] = (int) product0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return counter;
    }
}
