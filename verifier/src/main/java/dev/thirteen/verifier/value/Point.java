package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Rational;
import java.math.BigInteger;

/**
 * Values of all variables, the same for the same seed and name: rationals between 1/4 and 3, of both signs on every second
 * point.
 */
record Point(long seed) {
    private static final BigInteger DENOMINATOR = BigInteger.valueOf(1009);

    Rational of(String name) {
        long bits = mixed(seed * 0x9e3779b97f4a7c15L + name.hashCode());
        long size = 252 + Math.floorMod(bits, 2775L);
        boolean negative = (seed & 1) == 1 && (mixed(bits) & 1) == 1;
        return new Rational(BigInteger.valueOf(negative ? -size : size), DENOMINATOR);
    }

    /** SplitMix64's finalizer. */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
