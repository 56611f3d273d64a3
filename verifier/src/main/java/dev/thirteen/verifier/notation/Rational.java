package dev.thirteen.verifier.notation;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An exact number in lowest terms.
 *
 * @param denominator above 0
 */
public record Rational(BigInteger numerator, BigInteger denominator) implements Comparable<Rational> {
    public static final Rational ZERO = of(0);
    public static final Rational ONE = of(1);

    public Rational {
        if (denominator.signum() == 0) throw new ArithmeticException("a denominator of 0");
        if (denominator.signum() < 0) {
            numerator = numerator.negate();
            denominator = denominator.negate();
        }
        BigInteger common = numerator.gcd(denominator);
        if (!common.equals(BigInteger.ONE)) {
            numerator = numerator.divide(common);
            denominator = denominator.divide(common);
        }
    }

    public static Rational of(long value) {
        return new Rational(BigInteger.valueOf(value), BigInteger.ONE);
    }

    public static Rational of(BigDecimal value) {
        return value.scale() <= 0
                ? new Rational(value.toBigIntegerExact(), BigInteger.ONE)
                : new Rational(value.unscaledValue(), BigInteger.TEN.pow(value.scale()));
    }

    public Rational plus(Rational other) {
        return new Rational(
                numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                denominator.multiply(other.denominator));
    }

    public Rational times(Rational other) {
        return new Rational(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
    }

    public Rational negated() {
        return new Rational(numerator.negate(), denominator);
    }

    /** 1 over it; it must not be 0. */
    public Rational inverse() {
        return new Rational(denominator, numerator);
    }

    public Rational minus(Rational other) {
        return plus(other.negated());
    }

    public Rational abs() {
        return numerator.signum() < 0 ? negated() : this;
    }

    public boolean isInteger() {
        return denominator.equals(BigInteger.ONE);
    }

    public int signum() {
        return numerator.signum();
    }

    /** Bits of numerator and denominator together: what a calculation with it costs. */
    public int bits() {
        return numerator.bitLength() + denominator.bitLength();
    }

    /** The nearest double, however long numerator and denominator are; infinite where none is near. */
    public double doubleValue() {
        int shift = Math.max(0, Math.max(numerator.bitLength(), denominator.bitLength()) - 1000);
        if (shift == 0) return numerator.doubleValue() / denominator.doubleValue();
        int up = numerator.bitLength() - denominator.bitLength();
        if (up > 1100) return numerator.signum() * Double.POSITIVE_INFINITY;
        if (up < -1100) return 0;
        BigInteger scaled = up < 128
                ? numerator.shiftLeft(128 - up).divide(denominator)
                : numerator.divide(denominator.shiftLeft(up - 128));
        return Math.scalb(scaled.doubleValue(), up - 128);
    }

    @Override
    public int compareTo(Rational other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
    }
}
