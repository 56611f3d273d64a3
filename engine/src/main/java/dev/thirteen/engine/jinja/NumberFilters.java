package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Filters that make numbers. */
final class NumberFilters {
    private static final int FINEST = 400;

    private NumberFilters() {}

    static Object apply(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "abs" -> {
                arguments.positionalOnly(name);
                yield value instanceof Double number
                        ? (Object) Math.abs(number)
                        : integer(value).abs();
            }
            case "float" -> real(value, arguments.bind(name, "default?").or(0, 0.0));
            case "int" -> integer(value, arguments.bind(name, "default?", "base?"));
            default -> rounded(value, arguments.bind(name, "precision?", "method?"));
        };
    }

    private static BigInteger integer(Object value) {
        if (!Types.isNumber(value) && !(value instanceof Undefined)) throw Types.expected("a number", value);
        return Numbers.integer(value);
    }

    private static Object real(Object value, Object otherwise) {
        if (value instanceof Undefined undefined) throw undefined.problem();
        if (Types.isNumber(value)) return Numbers.real(value);
        Double parsed = Types.isText(value) ? Numbers.parseReal(plain(value)) : null;
        return parsed == null ? otherwise : parsed;
    }

    private static String plain(Object text) {
        return text instanceof Markup markup ? markup.text() : (String) text;
    }

    private static Object integer(Object value, Arguments.Bound bound) {
        if (value instanceof Undefined undefined) throw undefined.problem();
        Object otherwise = bound.or(0, BigInteger.ZERO);
        if (value instanceof Double number) return number.isNaN() ? otherwise : Numbers.truncated(number);
        if (Numbers.isInteger(value)) return Numbers.integer(value);
        if (!Types.isText(value)) return otherwise;
        int base = Numbers.position(bound.or(1, BigInteger.TEN));
        boolean possible = base == 0 || base >= 2 && base <= 36;
        @Nullable BigInteger parsed = possible ? Numbers.parseInteger(plain(value), base) : null;
        if (parsed != null) return parsed;
        @Nullable Double real = Numbers.parseReal(plain(value));
        return real == null || !Double.isFinite(real) ? otherwise : Numbers.truncated(real);
    }

    private static Object rounded(Object value, Arguments.Bound bound) {
        Object method = bound.or(1, "common");
        Object precision = bound.or(0, BigInteger.ZERO);
        if (method.equals("common")) return common(value, precision);
        if (!method.equals("ceil") && !method.equals("floor"))
            throw new Problem("method must be common, ceil or floor");
        RoundingMode mode = method.equals("ceil") ? RoundingMode.CEILING : RoundingMode.FLOOR;
        int digits = digits(precision);
        if (digits < 0) throw new Problem("round to " + method + " with a negative precision is not supported");
        double scaled = Numbers.isInteger(value)
                ? Numbers.real(Numbers.integer(value).multiply(BigInteger.TEN.pow(digits)))
                : Numbers.real(value) * Numbers.real(BigInteger.TEN.pow(digits));
        if (!Double.isFinite(scaled)) throw new Problem("cannot convert float " + Floats.repr(scaled) + " to integer");
        BigDecimal whole = new BigDecimal(scaled).setScale(0, mode);
        return whole.doubleValue() / Math.pow(10, digits);
    }

    private static int digits(Object precision) {
        int digits = Numbers.position(precision);
        if (Math.abs(digits) > FINEST) throw new Problem("the precision of round is out of range");
        return digits;
    }

    // Half to even of the exact value, as Python rounds.
    private static Object common(Object value, Object precision) {
        boolean whole = precision == None.NONE;
        int digits = whole ? 0 : digits(precision);
        if (Numbers.isInteger(value)) {
            BigDecimal number = new BigDecimal(Numbers.integer(value));
            return digits >= 0
                    ? number.toBigInteger()
                    : number.setScale(digits, RoundingMode.HALF_EVEN).toBigInteger();
        }
        double number = Numbers.real(value);
        if (whole) return Numbers.truncated(Math.rint(number));
        if (!Double.isFinite(number)) return number;
        double rounded =
                new BigDecimal(number).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
        return Math.copySign(rounded, number);
    }
}
