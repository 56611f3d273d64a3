package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.equality.Rules.Percent;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Names;
import dev.thirteen.verifier.notation.Rational;
import dev.thirteen.verifier.value.Truth;
import dev.thirteen.verifier.value.Values;
import dev.thirteen.verifier.value.Variables;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values with what they are measured in, and how far a decimal may be off. */
final class Quantities {
    private static final Number HUNDREDTH =
            new Number(new Rational(BigInteger.ONE, BigInteger.valueOf(100)), Expression.NO_POINT);
    private static final Number DEGREE =
            new Number(new Rational(BigInteger.ONE, BigInteger.valueOf(180)), Expression.NO_POINT);
    /** Labels with fewer digits are exact: 0.5 is a half, and 3.14 is π rounded. */
    private static final int ROUNDED_DIGITS = 3;

    private static final Pattern BASED = Pattern.compile("(\\d{1,200})_(\\d{1,2})");

    private final Rules rules;
    private final Values values;

    Quantities(Rules rules, Values values) {
        this.rules = rules;
        this.values = values;
    }

    boolean same(Number label, Number answer) {
        return label.value().equals(answer.value()) || rounded(label, answer);
    }

    boolean same(Expression label, Expression answer) {
        if (label instanceof Sum || answer instanceof Sum) {
            Optional<Measured> gold = Units.total(label);
            Optional<Measured> given = Units.total(answer);
            if (gold.isPresent() || given.isPresent())
                return same(
                        gold.<Expression>map(total -> total).orElse(label),
                        given.<Expression>map(total -> total).orElse(answer));
        }
        if (label instanceof Measured gold && answer instanceof Measured given) return bothMeasured(gold, given);
        if (label instanceof Measured gold && !isSign(gold.unit())) {
            Optional<Measured> given = Units.measured(answer);
            if (given.isPresent()) return bothMeasured(gold, given.get());
        }
        if (answer instanceof Measured given && !isSign(given.unit())) {
            Optional<Measured> gold = Units.measured(label);
            if (gold.isPresent()) return bothMeasured(gold.get(), given);
        }
        if (label instanceof Measured(Expression value, String unit)) return oneMeasured(value, unit, answer, true);
        if (answer instanceof Measured(Expression value, String unit)) return oneMeasured(value, unit, label, false);
        if (label instanceof Number) { // 36 m/s, whose letters are units since the label knows no variables
            Optional<Measured> given = Units.measured(answer);
            if (given.isPresent())
                return oneMeasured(given.get().value(), given.get().unit(), label, false);
        }
        if (label instanceof Apply(String a, List<Expression> gold)
                && answer instanceof Apply(String b, List<Expression> given)
                && a.equals("ratio")
                && b.equals("ratio")) {
            return ratiosSame(gold, given);
        }
        return valuesSame(label, answer)
                || sameDigits(label, answer)
                || sameDigits(answer, label)
                || inOtherBase(label, answer);
    }

    /** 101_2 is 5, and is also written 101, since whoever asks for base 2 knows. */
    private static boolean sameDigits(Expression based, Expression plain) {
        if (!(based instanceof Symbol(String name)) || !(plain instanceof Number(Rational value, int _))) return false;
        if (!value.isInteger()) return false;
        return name.startsWith(value.numerator() + "_")
                || inBase(name).filter(value.numerator()::equals).isPresent();
    }

    private static boolean inOtherBase(Expression label, Expression answer) {
        return label instanceof Symbol(String gold)
                && answer instanceof Symbol(String given)
                && inBase(gold).isPresent()
                && inBase(gold).equals(inBase(given));
    }

    private static Optional<BigInteger> inBase(String name) {
        Matcher based = BASED.matcher(name);
        if (!based.matches()) return Optional.empty();
        int radix = Integer.parseInt(based.group(2));
        boolean digits = based.group(1).chars().allMatch(digit -> Character.digit(digit, radix) >= 0);
        return radix < 2 || !digits ? Optional.empty() : Optional.of(new BigInteger(based.group(1), radix));
    }

    private boolean bothMeasured(Measured gold, Measured given) {
        if (gold.unit().equals(given.unit())) return same(gold.value(), given.value());
        if (isSign(gold.unit()) || isSign(given.unit())) {
            return oneMeasured(gold.value(), gold.unit(), given, true)
                    || oneMeasured(given.value(), given.unit(), gold, false);
        }
        double factor = Units.factor(given.unit(), gold.unit());
        if (factor == 1) return same(gold.value(), given.value());
        OptionalDouble a = values.real(gold.value());
        OptionalDouble b = values.real(given.value());
        return a.isPresent()
                && b.isPresent()
                && Math.abs(a.getAsDouble() - b.getAsDouble() * factor) <= 1e-9 * Math.abs(a.getAsDouble());
    }

    private static boolean isSign(String unit) {
        return unit.equals("%") || unit.equals("\u00b0");
    }

    /** A value with a unit against one without. */
    private boolean oneMeasured(Expression value, String unit, Expression other, boolean measuredIsLabel) {
        boolean bare = !unit.equals("%") || rules.percent() != Percent.HUNDREDTH;
        if (bare && ordered(value, other, measuredIsLabel)) return true;
        if (unit.equals("%") && rules.percent() != Percent.UNIT) {
            return ordered(new Product(List.of(value, HUNDREDTH)), other, measuredIsLabel);
        }
        long scale = Units.scale(unit);
        if (scale > 1 && ordered(new Product(List.of(value, Number.of(scale))), other, measuredIsLabel)) return true;
        if (Names.unit(unit).equals("cent") && other instanceof Number(Rational _, int decimals) && decimals == 2) {
            return ordered(new Product(List.of(value, HUNDREDTH)), other, measuredIsLabel); // 50 cents are $0.50
        }
        return unit.equals("\u00b0")
                && ordered(new Product(List.of(value, DEGREE, new Symbol("pi"))), other, measuredIsLabel);
    }

    private boolean ordered(Expression measured, Expression other, boolean measuredIsLabel) {
        return measuredIsLabel ? same(measured, other) : same(other, measured);
    }

    /** Ratios are equal when one is a multiple of the other; times of day only when they are the same. */
    private boolean ratiosSame(List<Expression> gold, List<Expression> given) {
        if (gold.size() != given.size()) return false;
        boolean equal = true;
        for (int i = 0; i < gold.size(); i++) equal &= values.same(gold.get(i), given.get(i)) == Truth.YES;
        if (equal) return true;
        for (int i = 1; i < gold.size(); i++) {
            Expression cross = new Product(List.of(gold.get(i), given.getFirst()));
            if (values.same(cross, new Product(List.of(given.get(i), gold.getFirst()))) != Truth.YES) return false;
        }
        return values.exact(gold.getLast()).map(last -> last.signum() != 0).orElse(true);
    }

    private boolean valuesSame(Expression label, Expression answer) {
        if (values.same(label, answer) == Truth.YES) return true;
        return label instanceof Number gold ? rounded(gold, answer) : roundedTo(label, answer);
    }

    private boolean rounded(Number label, Expression answer) {
        if (rules.precision().isPresent()) return roundedTo(label, answer);
        if (label.decimals() < 0 || digits(label) < ROUNDED_DIGITS) return false;
        return within(label, answer, label.decimals());
    }

    private boolean roundedTo(Expression label, Expression answer) {
        if (rules.precision().isEmpty()) return false;
        if (!Variables.hasDecimal(label) && !Variables.hasDecimal(answer)) return false;
        return within(label, answer, rules.precision().getAsInt());
    }

    /** Whether two values differ by no more than half of the last digit; a double holds too few digits for large numbers. */
    private boolean within(Expression label, Expression answer, int decimals) {
        if (label instanceof Number(Rational gold, int _) && answer instanceof Number(Rational given, int _)) {
            Rational half = new Rational(BigInteger.ONE, BigInteger.TWO.multiply(BigInteger.TEN.pow(decimals)));
            return gold.minus(given).abs().compareTo(half) <= 0;
        }
        double tolerance = 0.5 * Math.pow(10, -decimals);
        OptionalDouble a = values.real(label);
        OptionalDouble b = values.real(answer);
        if (a.isEmpty() || b.isEmpty() || Double.isInfinite(a.getAsDouble())) return false;
        return Math.abs(a.getAsDouble() - b.getAsDouble()) <= tolerance * (1 + 1e-9);
    }

    /** Significant digits of a decimal as written. */
    private static int digits(Number number) {
        BigInteger scaled = number.value()
                .times(new Rational(BigInteger.TEN.pow(Math.min(number.decimals(), 400)), BigInteger.ONE))
                .numerator();
        return scaled.abs().toString().length();
    }
}
