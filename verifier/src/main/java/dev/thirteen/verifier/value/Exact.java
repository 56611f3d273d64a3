package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Rational;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** Rational values of expressions of rational numbers. */
public final class Exact {
    private static final int MAX_BITS = 20_000;
    private static final int MAX_FACTORIAL = 2_100;

    private final Work work;

    public Exact(Work work) {
        this.work = work;
    }

    /** The value; empty when it is not rational, not defined, too long, or not seen to be rational. */
    public Optional<Rational> value(Expression expression) {
        if (expression instanceof Number(Rational value, int _)) return Optional.of(value);
        try {
            return Optional.of(of(expression));
        } catch (UnevaluableException _) {
            return Optional.empty(); // it has none, or none of this kind
        }
    }

    private Rational of(Expression expression) {
        work.spend(1);
        return switch (expression) {
            case Number(Rational value, int _) -> value;
            case Sum(List<Expression> terms) -> {
                Rational sum = Rational.ZERO;
                for (Expression term : terms) sum = bounded(sum.plus(of(term)));
                yield sum;
            }
            case Product(List<Expression> factors) -> {
                Rational product = Rational.ONE;
                for (Expression factor : factors) product = bounded(product.times(of(factor)));
                yield product;
            }
            case Power(Expression base, Expression exponent) -> power(of(base), of(exponent));
            case Apply(String function, List<Expression> arguments) -> apply(function, arguments);
            case Measured(Expression value, String unit)
            when unit.equals("%") -> of(value).times(new Rational(BigInteger.ONE, BigInteger.valueOf(100)));
            default -> throw new UnevaluableException("no number");
        };
    }

    private Rational bounded(Rational value) {
        int bits = value.bits();
        work.spend(1 + bits / 64);
        if (bits > MAX_BITS) throw new UnevaluableException("too long");
        return value;
    }

    private Rational power(Rational base, Rational exponent) {
        if (!exponent.isInteger()) return rootOf(base, exponent);
        if (base.signum() == 0 && exponent.signum() <= 0) throw new UnevaluableException("zero to no positive power");
        if (base.equals(Rational.ONE)) return base;
        BigInteger count = exponent.numerator();
        if (count.bitLength() > 20 || (long) base.bits() * count.abs().intValue() > 2L * MAX_BITS) {
            throw new UnevaluableException("a power too high");
        }
        int n = count.abs().intValue();
        Rational power =
                new Rational(base.numerator().pow(n), base.denominator().pow(n));
        return bounded(count.signum() < 0 ? power.inverse() : power);
    }

    /** A power of a half where it is rational: 4^{3/2}. */
    private Rational rootOf(Rational base, Rational exponent) {
        if (!exponent.denominator().equals(BigInteger.TWO)) throw new UnevaluableException("a root");
        return power(squareRoot(base), Rational.of(1).times(new Rational(exponent.numerator(), BigInteger.ONE)));
    }

    private Rational squareRoot(Rational square) {
        if (square.signum() < 0) throw new UnevaluableException("no real root");
        BigInteger[] top = square.numerator().sqrtAndRemainder();
        BigInteger[] bottom = square.denominator().sqrtAndRemainder();
        if (top[1].signum() != 0 || bottom[1].signum() != 0) throw new UnevaluableException("no square");
        return new Rational(top[0], bottom[0]);
    }

    private Rational apply(String function, List<Expression> arguments) {
        return switch (function) {
            case "sqrt" -> squareRoot(of(arguments.getFirst()));
            case "abs" -> of(arguments.getFirst()).abs();
            case "factorial" -> factorial(whole(arguments.getFirst(), MAX_FACTORIAL));
            case "binom" -> binomial(whole(arguments.get(0), 5000), whole(arguments.get(1), 5000));
            case "floor" -> floor(of(arguments.getFirst()));
            case "ceil" -> floor(of(arguments.getFirst()).negated()).negated();
            case "gcd" -> common(arguments, false);
            case "lcm" -> common(arguments, true);
            case "mod" -> remainder(of(arguments.get(0)), of(arguments.get(1)));
            case "max" -> extreme(arguments, true);
            case "min" -> extreme(arguments, false);
            default -> throw new UnevaluableException("no rational function");
        };
    }

    private static Rational floor(Rational value) {
        BigInteger[] parts = value.numerator().divideAndRemainder(value.denominator());
        return new Rational(parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0], BigInteger.ONE);
    }

    private static Rational remainder(Rational value, Rational modulus) {
        if (!value.isInteger() || !modulus.isInteger() || modulus.signum() <= 0)
            throw new UnevaluableException("no remainder");
        return new Rational(value.numerator().mod(modulus.numerator()), BigInteger.ONE);
    }

    private int whole(Expression argument, int limit) {
        Rational value = of(argument);
        if (!value.isInteger() || value.signum() < 0 || value.compareTo(Rational.of(limit)) > 0) {
            throw new UnevaluableException("no small whole number");
        }
        return value.numerator().intValue();
    }

    private Rational factorial(int n) {
        return bounded(new Rational(product(1, n), BigInteger.ONE));
    }

    private BigInteger product(int from, int to) {
        work.spend(1);
        if (from > to) return BigInteger.ONE;
        if (from == to) return BigInteger.valueOf(from);
        int middle = (from + to) / 2;
        return product(from, middle).multiply(product(middle + 1, to));
    }

    private Rational binomial(int n, int k) {
        if (k > n) return Rational.ZERO;
        int less = Math.min(k, n - k);
        return bounded(new Rational(product(n - less + 1, n), product(1, less)));
    }

    private Rational common(List<Expression> arguments, boolean multiple) {
        BigInteger result = BigInteger.valueOf(multiple ? 1 : 0);
        for (Expression argument : arguments) {
            Rational value = of(argument);
            if (!value.isInteger()) throw new UnevaluableException("no whole number");
            BigInteger gcd = result.gcd(value.numerator());
            if (!multiple) {
                result = gcd;
            } else {
                if (gcd.signum() == 0) throw new UnevaluableException("a multiple of zero");
                result = result.multiply(value.numerator()).divide(gcd).abs();
            }
        }
        return bounded(new Rational(result, BigInteger.ONE));
    }

    private Rational extreme(List<Expression> arguments, boolean largest) {
        Rational best = of(arguments.getFirst());
        for (Expression argument : arguments) {
            Rational value = of(argument);
            if (largest ? value.compareTo(best) > 0 : value.compareTo(best) < 0) best = value;
        }
        return best;
    }
}
