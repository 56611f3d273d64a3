package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Rational;
import org.apfloat.Apcomplex;
import org.apfloat.ApcomplexMath;
import org.apfloat.Apfloat;
import org.apfloat.ApfloatMath;
import org.apfloat.ApfloatRuntimeException;

/** Complex numbers of many digits. Sizes are bounded, so that no operation takes long. */
final class Precise implements Arithmetic<Apcomplex> {
    static final int DIGITS = 50;
    private static final Apfloat PI = ApfloatMath.pi(DIGITS);
    private static final Apfloat E = ApfloatMath.exp(new Apfloat(1, DIGITS));
    private static final Apcomplex I = new Apcomplex(Apfloat.ZERO, new Apfloat(1, DIGITS));
    private static final int COST = 40;
    /** Decimal digits before or behind the point that a value may have. */
    private static final long MAX_SCALE = 20_000;

    @Override
    public Apcomplex of(Rational value) {
        Apfloat top = new Apfloat(value.numerator(), DIGITS);
        return value.isInteger() ? top : top.divide(new Apfloat(value.denominator(), DIGITS));
    }

    @Override
    public Apcomplex constant(String name) {
        return switch (name) {
            case "pi" -> PI;
            case "e" -> E;
            case "i" -> I;
            default -> throw new UnevaluableException("no constant");
        };
    }

    @Override
    public Apcomplex add(Apcomplex a, Apcomplex b) {
        return a.add(b);
    }

    @Override
    public Apcomplex multiply(Apcomplex a, Apcomplex b) {
        return bounded(a.multiply(b));
    }

    @Override
    public Apcomplex power(Apcomplex base, Apcomplex exponent) {
        if (isZero(base)) {
            if (exponent.real().signum() > 0) return Apcomplex.ZERO;
            throw new UnevaluableException("a power of zero");
        }
        double growth = Math.abs(exponent.real().doubleValue()) * (Math.abs(base.scale()) + 1);
        if (!(growth < MAX_SCALE) || exponent.imag().scale() > 4) throw new UnevaluableException("a power too high");
        return guarded(() -> {
            if (exponent.isInteger())
                return ApcomplexMath.pow(base, exponent.real().longValueExact());
            return ApcomplexMath.pow(base, exponent);
        });
    }

    @Override
    public Apcomplex apply(String function, Apcomplex x) {
        if (x.scale() > 6 && !function.equals("ln") && !function.equals("sqrt") && !function.equals("abs")) {
            throw new UnevaluableException("an argument too large");
        }
        return guarded(() -> switch (function) {
            case "Re" -> x.real();
            case "Im" -> x.imag();
            case "ln" -> ApcomplexMath.log(x);
            case "exp" -> ApcomplexMath.exp(x);
            case "sqrt" -> ApcomplexMath.sqrt(x);
            case "abs" -> ApcomplexMath.abs(x);
            case "sin" -> ApcomplexMath.sin(x);
            case "cos" -> ApcomplexMath.cos(x);
            case "tan" -> ApcomplexMath.tan(x);
            case "cot" -> ApcomplexMath.cos(x).divide(ApcomplexMath.sin(x));
            case "sec" -> Apcomplex.ONE.divide(ApcomplexMath.cos(x));
            case "csc" -> Apcomplex.ONE.divide(ApcomplexMath.sin(x));
            case "sinh" -> ApcomplexMath.sinh(x);
            case "cosh" -> ApcomplexMath.cosh(x);
            case "tanh" -> ApcomplexMath.tanh(x);
            case "arcsin" -> ApcomplexMath.asin(x);
            case "arccos" -> ApcomplexMath.acos(x);
            case "arctan" -> ApcomplexMath.atan(x);
            case "arcsinh" -> ApcomplexMath.asinh(x);
            case "arccosh" -> ApcomplexMath.acosh(x);
            case "arctanh" -> ApcomplexMath.atanh(x);
            default -> throw new UnevaluableException("unknown function " + function);
        });
    }

    @Override
    public double real(Apcomplex value) {
        return value.real().doubleValue();
    }

    @Override
    public int cost() {
        return COST;
    }

    private static boolean isZero(Apcomplex value) {
        return value.real().signum() == 0 && value.imag().signum() == 0;
    }

    private static Apcomplex bounded(Apcomplex value) {
        if (!isZero(value) && Math.abs(value.scale()) > MAX_SCALE) throw new UnevaluableException("out of bounds");
        return value;
    }

    private interface Calculation {
        Apcomplex value();
    }

    private static Apcomplex guarded(Calculation calculation) {
        try {
            return bounded(calculation.value());
        } catch (ArithmeticException | ApfloatRuntimeException | IllegalArgumentException e) {
            throw new UnevaluableException("no value");
        }
    }
}
