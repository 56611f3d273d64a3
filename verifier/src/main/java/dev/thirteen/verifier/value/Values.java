package dev.thirteen.verifier.value;

import ch.obermuhlner.math.big.BigComplex;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Rational;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Whether expressions have the same value. Rational numbers are compared exactly. Others are evaluated in floating point at
 * seeded points, which refutes; what agrees there is confirmed with fifty digits; what has no value is left to algebra.
 */
public final class Values {
    private static final int POINTS = 24;
    private static final int ENOUGH = 6;
    private static final double SAFETY = 64;
    private static final int MODERATE_BITS = 24;

    private final Work work;
    private final Algebra algebra;
    private final Exact exact;

    public Values(Work work, Algebra algebra) {
        this.work = work;
        this.algebra = algebra;
        this.exact = new Exact(work);
    }

    /** The rational value, where it is one. */
    public Optional<Rational> exact(Expression expression) {
        return exact.value(expression);
    }

    /** The value of an expression without variables, where it is real; infinite for ±∞. */
    public OptionalDouble real(Expression expression) {
        OptionalDouble infinite = infinity(expression);
        if (infinite.isPresent()) return infinite;
        if (expression instanceof Number(Rational value, int _)) return OptionalDouble.of(value.doubleValue());
        if (Variables.in(expression)) return OptionalDouble.empty();
        try {
            Approx value = evaluator(0, false).value(expression);
            return value.isReal() ? OptionalDouble.of(value.re()) : OptionalDouble.empty();
        } catch (UnevaluableException _) {
            return exact.value(expression)
                    .map(value -> OptionalDouble.of(value.doubleValue()))
                    .orElseGet(OptionalDouble::empty);
        }
    }

    private static OptionalDouble infinity(Expression expression) {
        if (expression instanceof Expression.Symbol(String name) && name.equals("infinity")) {
            return OptionalDouble.of(Double.POSITIVE_INFINITY);
        }
        if (expression instanceof Product(List<Expression> factors)
                && factors.size() == 2
                && factors.getFirst() instanceof Number(Rational sign, int _)
                && sign.signum() < 0) {
            OptionalDouble inner = infinity(factors.getLast());
            if (inner.isPresent()) return OptionalDouble.of(-inner.getAsDouble());
        }
        return OptionalDouble.empty();
    }

    /** Whether two values are equal, at every point where there are variables. */
    public Truth same(Expression a, Expression b) {
        if (a.equals(b)) return Truth.YES;
        if (a instanceof Number(Rational left, int _) && b instanceof Number(Rational right, int _)) {
            return Truth.of(left.equals(right));
        }
        Optional<Rational> left = exact.value(a);
        Optional<Rational> right = left.isPresent() ? exact.value(b) : Optional.empty();
        if (right.isPresent()) return Truth.of(left.equals(right));
        OptionalDouble infinite = infinity(a);
        if (infinite.isPresent() || infinity(b).isPresent()) return Truth.of(infinite.equals(infinity(b)));
        if (Canonical.of(a).equals(Canonical.of(b))) return Truth.YES;
        Truth natural = sampled(a, b, false);
        boolean ambiguous = Variables.has(a, "log") || Variables.has(b, "log");
        return natural == Truth.YES || !ambiguous ? natural : sampled(a, b, true);
    }

    private Evaluator<Approx> evaluator(long seed, boolean decimalLogarithm) {
        return new Evaluator<>(new Doubles(), new Point(seed), decimalLogarithm, work);
    }

    private Truth sampled(Expression a, Expression b, boolean decimalLogarithm) {
        boolean variables = Variables.in(a) || Variables.in(b);
        boolean complex = Variables.has(a, "i") || Variables.has(b, "i");
        Samples samples = samples(a, b, decimalLogarithm, variables, variables && !complex);
        if (samples.agreeing == 0 && !samples.differ && variables && !complex) {
            samples = samples(a, b, decimalLogarithm, true, false);
        }
        if (samples.differ) return Truth.NO;
        if (variables && samples.agreeing >= ENOUGH && samples.sharp && isModerate(a) && isModerate(b))
            return Truth.YES;
        Truth precise = precise(a, b, samples.lastSeed, decimalLogarithm);
        if (precise != Truth.UNKNOWN) return precise;
        if (!variables) {
            Truth logarithms = logarithms(a, b);
            if (logarithms != Truth.UNKNOWN) return logarithms;
        }
        Truth proven = askedAlgebra(a, b);
        if (proven != Truth.UNKNOWN) return proven;
        return samples.agreeing >= (variables ? ENOUGH : 1) && samples.sharp ? Truth.YES : Truth.UNKNOWN;
    }

    /** Whether nothing in it is so small or so large that floating point could miss it beside the rest. */
    private static boolean isModerate(Expression expression) {
        return !Variables.any(
                expression,
                part -> part instanceof Number(Rational value, int _)
                                && value.signum() != 0
                                && value.bits() > MODERATE_BITS
                        || part instanceof Power(Number _, Number(Rational exponent, int _)) && exponent.bits() > 4);
    }

    /** Only integrals, limits, sums and products need algebra: everything else has values. */
    private Truth askedAlgebra(Expression a, Expression b) {
        for (String construct : List.of("int", "lim", "sum", "prod")) {
            if (Variables.has(a, construct) || Variables.has(b, construct)) return algebra.equal(a, b, work);
        }
        return Truth.UNKNOWN;
    }

    /** What was seen at points in floating point. */
    private static final class Samples {
        private int agreeing;
        private boolean differ;
        private boolean sharp = true;
        private long lastSeed;
    }

    private Samples samples(Expression a, Expression b, boolean decimal, boolean variables, boolean realOnly) {
        Samples samples = new Samples();
        for (long seed = 0; seed < (variables ? POINTS : 1) && samples.agreeing < ENOUGH; seed++) {
            try {
                Approx left = evaluator(seed, decimal).value(a);
                Approx right = evaluator(seed, decimal).value(b);
                if (realOnly && !(left.isReal() && right.isReal())) continue;
                double error = left.error() + right.error();
                double size = Math.max(left.size(), right.size());
                double distance = Math.hypot(left.re() - right.re(), left.im() - right.im());
                if (distance > SAFETY * error + 1e-12 * size) {
                    samples.differ = true;
                    return samples;
                }
                samples.agreeing++;
                samples.lastSeed = seed;
                samples.sharp &= SAFETY * error <= 1e-7 * Math.max(size, 1e-3);
            } catch (UnevaluableException _) {
                if (!variables) return samples; // no other point is there to be tried
            }
        }
        return samples;
    }

    private Truth precise(Expression a, Expression b, long seed, boolean decimal) {
        try {
            Evaluator<BigComplex> evaluator = new Evaluator<>(new Precise(work), new Point(seed), decimal, work);
            return Truth.of(Precise.near(evaluator.value(a), evaluator.value(b)));
        } catch (UnevaluableException _) {
            return Truth.UNKNOWN;
        }
    }

    /** Towers of powers that no number holds are compared by their logarithms. */
    private Truth logarithms(Expression a, Expression b) {
        try {
            Evaluator<BigComplex> evaluator = new Evaluator<>(new Precise(work), new Point(0), false, work);
            return Truth.of(Precise.near(logarithm(a, evaluator), logarithm(b, evaluator)));
        } catch (UnevaluableException _) {
            return Truth.UNKNOWN;
        }
    }

    private BigComplex logarithm(Expression expression, Evaluator<BigComplex> evaluator) {
        return switch (expression) {
            case Power(Expression base, Expression exponent) ->
                evaluator.value(exponent).multiply(logarithm(base, evaluator), Precise.CONTEXT);
            case Product(List<Expression> factors) -> {
                BigComplex sum = BigComplex.ZERO;
                for (Expression factor : factors) sum = sum.add(logarithm(factor, evaluator), Precise.CONTEXT);
                yield sum;
            }
            default -> evaluator.value(new Apply("ln", List.of(expression)));
        };
    }

    /** The constant c with a = c b at every point; empty when there is none, or no point where both have a value. */
    public OptionalDouble ratio(Expression a, Expression b) {
        double ratio = Double.NaN;
        int agreeing = 0;
        for (long seed = 0; seed < POINTS && agreeing < ENOUGH; seed++) {
            try {
                Approx left = evaluator(seed, false).value(a);
                Approx right = evaluator(seed, false).value(b);
                if (!left.isReal() || !right.isReal()) continue;
                if (right.size() <= SAFETY * right.error() || left.size() <= SAFETY * left.error()) {
                    if (right.size() <= SAFETY * right.error() != left.size() <= SAFETY * left.error())
                        return OptionalDouble.empty();
                    continue;
                }
                double here = left.re() / right.re();
                double error = left.error() / left.size() + right.error() / right.size();
                if (agreeing > 0 && Math.abs(here - ratio) > Math.abs(ratio) * (SAFETY * error + 1e-10))
                    return OptionalDouble.empty();
                ratio = here;
                agreeing++;
            } catch (UnevaluableException _) {
                continue; // another point may do
            }
        }
        return agreeing >= 3 ? OptionalDouble.of(ratio) : OptionalDouble.empty();
    }
}
