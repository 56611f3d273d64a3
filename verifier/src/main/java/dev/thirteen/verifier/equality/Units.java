package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Names;
import dev.thirteen.verifier.notation.Rational;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Units of measure, products and quotients of them: those of one dimension are converted, those of different dimensions differ,
 * unknown words say nothing.
 */
final class Units {
    /**
     * A unit.
     *
     * @param factor how many of its dimension's own unit it is
     * @param dimensions exponents by dimension; none is 0
     */
    private record Unit(double factor, Map<String, Integer> dimensions) {
        static Unit of(String dimension, double factor) {
            return new Unit(factor, Map.of(dimension, 1));
        }

        Unit times(Unit other, int exponent) {
            Map<String, Integer> product = new HashMap<>(dimensions);
            other.dimensions.forEach((name, power) -> product.merge(name, power * exponent, Integer::sum));
            product.values().removeIf(power -> power == 0);
            return new Unit(factor * Math.pow(other.factor, exponent), product);
        }
    }

    private static final Unit ONE = new Unit(1, Map.of());
    private static final Map<String, Unit> KNOWN = Map.ofEntries(
            Map.entry("mm", Unit.of("length", 0.001)),
            Map.entry("cm", Unit.of("length", 0.01)),
            Map.entry("m", Unit.of("length", 1)),
            Map.entry("km", Unit.of("length", 1000)),
            Map.entry("in", Unit.of("length", 0.0254)),
            Map.entry("ft", Unit.of("length", 0.3048)),
            Map.entry("yd", Unit.of("length", 0.9144)),
            Map.entry("mi", Unit.of("length", 1609.344)),
            Map.entry("s", Unit.of("time", 1)),
            Map.entry("min", Unit.of("time", 60)),
            Map.entry("h", Unit.of("time", 3600)),
            Map.entry("day", Unit.of("time", 86400)),
            Map.entry("week", Unit.of("time", 604800)),
            Map.entry("month", Unit.of("calendar", 1)),
            Map.entry("year", Unit.of("calendar", 12)),
            Map.entry("mg", Unit.of("mass", 0.001)),
            Map.entry("g", Unit.of("mass", 1)),
            Map.entry("kg", Unit.of("mass", 1000)),
            Map.entry("ml", new Unit(1e-6, Map.of("length", 3))),
            Map.entry("l", new Unit(1e-3, Map.of("length", 3))),
            Map.entry("mph", new Unit(0.44704, Map.of("length", 1, "time", -1))),
            Map.entry("oz", Unit.of("mass", 28.349523125)),
            Map.entry("lb", Unit.of("mass", 453.59237)),
            Map.entry("euro", Unit.of("euro", 1)),
            Map.entry("yuan", Unit.of("yuan", 1)),
            Map.entry("cent", Unit.of("money", 0.01)),
            Map.entry("dollar", Unit.of("money", 1)));

    /** A word with its exponent, or a sign that divides. */
    private static final Pattern PART = Pattern.compile("([A-Za-z]+)\\^?(-?\\d)?|(/)|\\s+|[.*]");

    private static final int LONGEST = 60;

    private Units() {}

    /** What to multiply a value in one unit by to have it in another; NaN where that cannot be, 1 where nobody knows. */
    static double factor(String from, String to) {
        Optional<Unit> one = unit(from);
        Optional<Unit> other = unit(to);
        if (one.isEmpty() || other.isEmpty()) return 1;
        boolean alike = one.get().dimensions().equals(other.get().dimensions());
        return alike ? one.get().factor() / other.get().factor() : Double.NaN;
    }

    /** 1 hour and 30 minutes as 90 minutes; empty for anything but two quantities of one kind. */
    static Optional<Measured> total(Expression expression) {
        if (!(expression instanceof Sum(List<Expression> terms))
                || terms.size() != 2
                || !(terms.get(0) instanceof Measured(Number(Rational large, int _), String from))
                || !(terms.get(1) instanceof Measured(Number(Rational small, int decimals), String to))) {
            return Optional.empty();
        }
        double factor = factor(from, to);
        long whole = Math.round(factor);
        boolean known = whole > 1 && Math.abs(factor - whole) < 1e-9 * whole;
        if (!known) return Optional.empty();
        return Optional.of(
                new Measured(new Number(large.times(Rational.of(whole)).plus(small), decimals), to));
    }

    /** What a unit such as "million" or "million people" multiplies by; 1 for any other. */
    static long scale(String unit) {
        String word = unit.strip();
        int end = word.indexOf(' ');
        return Names.scale(end < 0 ? word : word.substring(0, end));
    }

    /** A number times letters that are units: 9.8 m/s² is no product of variables, where the other side has units too. */
    static Optional<Measured> measured(Expression expression) {
        if (!(expression instanceof Product(List<Expression> factors))
                || !(factors.getFirst() instanceof Number number)) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder();
        for (Expression factor : factors.subList(1, factors.size())) {
            if (!append(factor, 1, text)) return Optional.empty();
        }
        String unit = text.toString().strip();
        return unit(unit).map(_ -> new Measured(number, unit));
    }

    private static boolean append(Expression factor, int exponent, StringBuilder text) {
        return switch (factor) {
            case Symbol(String name) -> {
                text.append(name).append('^').append(exponent).append(' ');
                yield true;
            }
            case Power(Expression base, Number(Rational power, int _)) ->
                power.isInteger()
                        && power.numerator().bitLength() < 4
                        && append(base, exponent * power.numerator().intValue(), text);
            case Product(List<Expression> parts) -> {
                boolean all = true;
                for (Expression part : parts) all = all && append(part, exponent, text);
                yield all;
            }
            default -> false;
        };
    }

    /** The unit that words say; empty when one of them is unknown. */
    private static Optional<Unit> unit(String words) {
        if (words.length() > LONGEST) return Optional.empty();
        String plain = words.strip()
                .replaceAll("[{}()]", "")
                .replaceAll("\\.$", "")
                .replaceAll("\\b(?:per|an|a)\\b", "/")
                .replaceAll("\\b(?:square|sq)\\.? ([A-Za-z]+)", "$1^2")
                .replaceAll("\\bcubic ([A-Za-z]+)", "$1^3")
                .replaceAll("([A-Za-z]+) squared\\b", "$1^2")
                .replaceAll("([A-Za-z]+) cubed\\b", "$1^3");
        Matcher part = PART.matcher(plain);
        Unit product = ONE;
        int sign = 1;
        int at = 0;
        while (part.lookingAt()) {
            at = part.end();
            if (part.group(3) != null) {
                sign = -1;
            } else if (part.group(1) != null) {
                Unit known = KNOWN.get(Names.unit(part.group(1)));
                if (known == null) return Optional.empty();
                int exponent = part.group(2) == null ? 1 : Integer.parseInt(part.group(2));
                product = product.times(known, sign * exponent);
                sign = 1;
            }
            part.region(at, plain.length());
        }
        return at < plain.length() || product == ONE ? Optional.empty() : Optional.of(product);
    }
}
