package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Rational;

/** Complex floating point with a running bound of the error. */
final class Doubles implements Arithmetic<Approx> {
    @Override
    public Approx of(Rational value) {
        return Approx.of(value.doubleValue(), 0, 0);
    }

    @Override
    public Approx constant(String name) {
        return switch (name) {
            case "pi" -> Approx.of(Math.PI, 0, 0);
            case "e" -> Approx.of(Math.E, 0, 0);
            case "i" -> new Approx(0, 1, 0);
            default -> throw new UnevaluableException("no constant");
        };
    }

    @Override
    public Approx add(Approx a, Approx b) {
        return Approx.of(a.re() + b.re(), a.im() + b.im(), a.error() + b.error());
    }

    @Override
    public Approx multiply(Approx a, Approx b) {
        double error = a.size() * b.error() + b.size() * a.error() + a.error() * b.error();
        if (a.im() == 0 && b.im() == 0) return Approx.of(a.re() * b.re(), 0, error);
        return Approx.of(a.re() * b.re() - a.im() * b.im(), a.re() * b.im() + a.im() * b.re(), error);
    }

    @Override
    public Approx power(Approx base, Approx exponent) {
        double size = base.size();
        if (size <= base.error()) {
            if (size == 0 && exponent.im() == 0 && exponent.re() > 0) return new Approx(0, 0, 0);
            throw new UnevaluableException("a power of zero");
        }
        boolean whole = exponent.im() == 0 && exponent.re() == Math.rint(exponent.re());
        double relative =
                base.error() / size * (exponent.size() + 1) + exponent.error() * (Math.abs(Math.log(size)) + 4);
        if (base.im() == 0 && exponent.im() == 0 && (base.re() > 0 || whole)) {
            double power = Math.pow(base.re(), exponent.re());
            double rounding = Math.abs(exponent.re()) < 64 ? 2 : Math.abs(exponent.re());
            return Approx.of(power, 0, Math.abs(power) * (relative + rounding * Approx.EPSILON));
        }
        Approx log = Functions.log(base);
        Approx scaled = multiply(log, exponent);
        Approx power = Functions.exp(scaled);
        return Approx.of(power.re(), power.im(), power.size() * (relative + 8 * Approx.EPSILON) + power.error());
    }

    @Override
    public Approx apply(String function, Approx x) {
        return Functions.apply(function, x);
    }

    @Override
    public double real(Approx value) {
        if (!value.isReal()) throw new UnevaluableException("not real");
        return value.re();
    }

    @Override
    public int cost() {
        return 1;
    }
}
