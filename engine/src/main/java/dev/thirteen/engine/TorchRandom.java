package dev.thirteen.engine;

/**
 * Numbers of torch's CPU generator: Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) and Box–Muller as torch 2
 * applies it, so that a PEFT adapter's P can be drawn again from its seed. The same bits on every machine; torch's own
 * vectorized functions differ from them by a few units in the last place.
 */
final class TorchRandom {
    private static final int WORDS = 624;
    private static final int SHIFT = 397;
    // From this many numbers on, torch transforms blocks of floats instead of pairs of doubles.
    private static final int BLOCK = 16;

    private final int[] state = new int[WORDS];
    private int next = WORDS;

    /** A generator as after {@code manual_seed}; only the low 32 bits count. */
    TorchRandom(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < WORDS; i++) state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }

    /** What {@code torch.empty(count).normal_(0, deviation)} gives first. */
    float[] normal(int count, double deviation) {
        return count < BLOCK ? pairs(count, deviation) : blocks(count, (float) deviation);
    }

    /** What {@code torch.empty(count).uniform_(-bound, bound)} gives next. */
    float[] uniform(int count, float bound) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = uniformFloat() * (2 * bound) - bound;
        return values;
    }

    private float[] pairs(int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i += 2) {
            double angle = 2 * Math.PI * uniformDouble();
            double radius = StrictMath.sqrt(-2 * StrictMath.log1p(-uniformDouble()));
            values[i] = (float) (radius * StrictMath.cos(angle) * deviation);
            if (i + 1 < count) values[i + 1] = (float) (radius * StrictMath.sin(angle) * deviation);
        }
        return values;
    }

    private float[] blocks(int count, float deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = uniformFloat();
        for (int start = 0; start + BLOCK <= count; start += BLOCK) transform(values, start, deviation);
        if (count % BLOCK != 0) {
            // The last block is drawn afresh and overlaps the one before it.
            for (int i = count - BLOCK; i < count; i++) values[i] = uniformFloat();
            transform(values, count - BLOCK, deviation);
        }
        return values;
    }

    private static void transform(float[] values, int start, float deviation) {
        for (int i = start; i < start + BLOCK / 2; i++) {
            float angle = (float) (2 * Math.PI) * values[i + BLOCK / 2];
            float radius = (float) StrictMath.sqrt(-2 * (float) StrictMath.log(1 - values[i]));
            values[i] = radius * (float) StrictMath.cos(angle) * deviation;
            values[i + BLOCK / 2] = radius * (float) StrictMath.sin(angle) * deviation;
        }
    }

    private float uniformFloat() {
        return (word() & 0xFFFFFF) * 0x1p-24f;
    }

    private double uniformDouble() {
        long high = Integer.toUnsignedLong(word());
        return (((high << 32) | Integer.toUnsignedLong(word())) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private int word() {
        if (next == WORDS) twist();
        int word = state[next++];
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >>> 18);
    }

    private void twist() {
        for (int i = 0; i < WORDS; i++) {
            int joined = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff);
            state[i] = state[(i + SHIFT) % WORDS] ^ (joined >>> 1) ^ ((joined & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }
}
