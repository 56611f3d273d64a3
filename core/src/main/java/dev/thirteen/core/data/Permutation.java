package dev.thirteen.core.data;

import dev.thirteen.core.sampling.CounterRandom;

/**
 * A permutation of [0, size) computed entry by entry, without a table: a balanced Feistel network over the next even power
 * of two, walked until it falls below size (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
 *
 * @param key key of the family
 * @param epoch member of the family
 * @param size number of entries, at least 1
 */
record Permutation(long key, long epoch, int size) {
    // Four rounds make a strong pseudorandom permutation (Luby and Rackoff); tiny domains want more.
    private static final int ROUNDS = 8;

    /** Image of an entry. */
    int at(int entry) {
        int halfBits = Math.max(1, (33 - Integer.numberOfLeadingZeros(size - 1)) / 2);
        long image = entry;
        // The network is a bijection of a domain below 4·size, so the walk returns, after fewer than 4 rounds on
        // average.
        do {
            image = feistel(image, halfBits);
        } while (image >= size);
        return (int) image;
    }

    private long feistel(long value, int halfBits) {
        long mask = (1L << halfBits) - 1;
        long left = value >>> halfBits;
        long right = value & mask;
        for (int round = 0; round < ROUNDS; round++) {
            long mixed = left ^ (CounterRandom.bits(key, epoch, (long) round << 32 | right) & mask);
            left = right;
            right = mixed;
        }
        return left << halfBits | right;
    }
}
