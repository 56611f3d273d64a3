package dev.thirteen.verifier.value;

import ch.obermuhlner.math.big.BigComplex;
import ch.obermuhlner.math.big.BigComplexMath;
import ch.obermuhlner.math.big.BigDecimalMath;
import dev.thirteen.verifier.notation.Rational;
import java.math.BigDecimal;
import java.math.MathContext;

/** Complex numbers of fifty digits. Sizes are bounded, so that no operation takes long. */
final class Precise implements Arithmetic<BigComplex> {
    static final int DIGITS = 50;
    static final MathContext CONTEXT = new MathContext(DIGITS);

    private static final BigComplex PI = BigComplex.valueOf(BigDecimalMath.pi(CONTEXT));
    private static final BigComplex E = BigComplex.valueOf(BigDecimalMath.e(CONTEXT));
    private static final int COST = 20;
    private static final int FUNCTION_COST = 400;
    /** Decimal digits before or behind the point that a value may have. */
    private static final int MAX_SCALE = 20_000;
    /** Functions of larger arguments take long, and angles that large say nothing. */
    private static final BigDecimal MAX_ARGUMENT = BigDecimal.valueOf(10_000);

    private final Work work;

    Precise(Work work) {
        this.work = work;
    }

    @Override
    public BigComplex of(Rational value) {
        BigDecimal top = new BigDecimal(value.numerator(), CONTEXT);
        return BigComplex.valueOf(value.isInteger() ? top : top.divide(new BigDecimal(value.denominator()), CONTEXT));
    }

    @Override
    public BigComplex constant(String name) {
        return switch (name) {
            case "pi" -> PI;
            case "e" -> E;
            case "i" -> BigComplex.I;
            default -> throw new UnevaluableException("no constant");
        };
    }

    @Override
    public BigComplex add(BigComplex a, BigComplex b) {
        if (real(a, b)) return BigComplex.valueOf(a.re.add(b.re, CONTEXT));
        return a.add(b, CONTEXT);
    }

    @Override
    public BigComplex multiply(BigComplex a, BigComplex b) {
        if (real(a, b)) return bounded(BigComplex.valueOf(a.re.multiply(b.re, CONTEXT)));
        return bounded(a.multiply(b, CONTEXT));
    }

    private static boolean real(BigComplex a, BigComplex b) {
        return a.im.signum() == 0 && b.im.signum() == 0;
    }

    @Override
    public BigComplex power(BigComplex base, BigComplex exponent) {
        if (base.re.signum() == 0 && base.im.signum() == 0) {
            if (exponent.re.signum() > 0) return BigComplex.ZERO;
            throw new UnevaluableException("a power of zero");
        }
        double growth = Math.abs(exponent.re.doubleValue()) * (Math.abs(size(base)) + 1);
        if (!(growth < MAX_SCALE)) throw new UnevaluableException("a power too high");
        return guarded(() -> {
            boolean whole = exponent.im.signum() == 0
                    && exponent.re.stripTrailingZeros().scale() <= 0;
            if (whole) return whole(base, exponent.re.intValueExact());
            work.spend(2 * FUNCTION_COST);
            if (real(base, exponent) && base.re.signum() > 0) {
                boolean half = exponent.re.compareTo(new BigDecimal("0.5")) == 0;
                return BigComplex.valueOf(
                        half ? base.re.sqrt(CONTEXT) : BigDecimalMath.pow(base.re, exponent.re, CONTEXT));
            }
            return BigComplexMath.pow(base, exponent, CONTEXT);
        });
    }

    private BigComplex whole(BigComplex base, int exponent) {
        if (base.im.signum() == 0) {
            BigDecimal power = base.re.pow(Math.abs(exponent), CONTEXT);
            return BigComplex.valueOf(exponent < 0 ? BigDecimal.ONE.divide(power, CONTEXT) : power);
        }
        BigComplex power = BigComplex.ONE;
        BigComplex square = base;
        for (int left = Math.abs(exponent); left > 0; left >>= 1) {
            if ((left & 1) == 1) power = power.multiply(square, CONTEXT);
            square = square.multiply(square, CONTEXT);
        }
        return exponent < 0 ? BigComplex.ONE.divide(power, CONTEXT) : power;
    }

    @Override
    public BigComplex apply(String function, BigComplex x) {
        boolean grows = !function.equals("ln") && !function.equals("sqrt") && !function.equals("abs");
        if (grows && x.re.abs().max(x.im.abs()).compareTo(MAX_ARGUMENT) > 0) {
            throw new UnevaluableException("an argument too large");
        }
        work.spend(FUNCTION_COST);
        return guarded(() -> x.im.signum() == 0 ? real(function, x.re) : complex(function, x));
    }

    private BigComplex real(String function, BigDecimal x) {
        if (function.equals("Re") || function.equals("Im")) {
            return BigComplex.valueOf(function.equals("Re") ? x : BigDecimal.ZERO);
        }
        boolean outside = (function.equals("ln") || function.equals("sqrt")) && x.signum() < 0
                || (function.equals("arcsin") || function.equals("arccos"))
                        && x.abs().compareTo(BigDecimal.ONE) > 0;
        if (outside) return complex(function, BigComplex.valueOf(x));
        return BigComplex.valueOf(
                switch (function) {
                    case "ln" -> BigDecimalMath.log(x, CONTEXT);
                    case "exp" -> BigDecimalMath.exp(x, CONTEXT);
                    case "sqrt" -> x.sqrt(CONTEXT);
                    case "abs" -> x.abs();
                    case "sin" -> BigDecimalMath.sin(x, CONTEXT);
                    case "cos" -> BigDecimalMath.cos(x, CONTEXT);
                    case "tan" -> BigDecimalMath.tan(x, CONTEXT);
                    case "cot" -> BigDecimalMath.cot(x, CONTEXT);
                    case "sec" -> BigDecimal.ONE.divide(BigDecimalMath.cos(x, CONTEXT), CONTEXT);
                    case "csc" -> BigDecimal.ONE.divide(BigDecimalMath.sin(x, CONTEXT), CONTEXT);
                    case "sinh" -> BigDecimalMath.sinh(x, CONTEXT);
                    case "cosh" -> BigDecimalMath.cosh(x, CONTEXT);
                    case "tanh" -> BigDecimalMath.tanh(x, CONTEXT);
                    case "arcsin" -> BigDecimalMath.asin(x, CONTEXT);
                    case "arccos" -> BigDecimalMath.acos(x, CONTEXT);
                    case "arctan" -> BigDecimalMath.atan(x, CONTEXT);
                    case "arcsinh" -> BigDecimalMath.asinh(x, CONTEXT);
                    case "arccosh" -> BigDecimalMath.acosh(x, CONTEXT);
                    case "arctanh" -> BigDecimalMath.atanh(x, CONTEXT);
                    default -> throw new UnevaluableException("unknown function " + function);
                });
    }

    private static BigComplex complex(String function, BigComplex x) {
        return switch (function) {
            case "Re" -> BigComplex.valueOf(x.re);
            case "Im" -> BigComplex.valueOf(x.im);
            case "ln" -> BigComplexMath.log(x, CONTEXT);
            case "exp" -> BigComplexMath.exp(x, CONTEXT);
            case "sqrt" -> BigComplexMath.sqrt(x, CONTEXT);
            case "abs" -> BigComplex.valueOf(x.abs(CONTEXT));
            case "sin" -> BigComplexMath.sin(x, CONTEXT);
            case "cos" -> BigComplexMath.cos(x, CONTEXT);
            case "tan" -> BigComplexMath.tan(x, CONTEXT);
            case "arcsin" -> BigComplexMath.asin(x, CONTEXT);
            case "arccos" -> BigComplexMath.acos(x, CONTEXT);
            case "arctan" -> BigComplexMath.atan(x, CONTEXT);
            default -> throw new UnevaluableException("unknown function " + function);
        };
    }

    @Override
    public double real(BigComplex value) {
        return value.re.doubleValue();
    }

    @Override
    public int cost() {
        return COST;
    }

    /** Decimal digits before the point of the larger part; negative for zeros behind it. */
    private static int size(BigComplex value) {
        return Math.max(size(value.re), size(value.im));
    }

    private static int size(BigDecimal value) {
        return value.signum() == 0 ? Integer.MIN_VALUE / 2 : value.precision() - value.scale();
    }

    private static BigComplex bounded(BigComplex value) {
        int size = size(value);
        if (Math.abs((long) size) > MAX_SCALE && size > Integer.MIN_VALUE / 4)
            throw new UnevaluableException("out of bounds");
        return value;
    }

    /** Whether two values differ by no more than the last of their digits can be wrong. */
    static boolean near(BigComplex a, BigComplex b) {
        BigDecimal distance = a.re.subtract(b.re, CONTEXT)
                .abs()
                .max(a.im.subtract(b.im, CONTEXT).abs());
        if (distance.signum() == 0) return true;
        return size(distance) <= Math.max(0, Math.max(size(a), size(b))) - 35;
    }

    private interface Calculation {
        BigComplex value();
    }

    private static BigComplex guarded(Calculation calculation) {
        try {
            return bounded(calculation.value());
        } catch (ArithmeticException e) {
            throw new UnevaluableException("no value");
        }
    }
}
