package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers of Python: what counts as an integer, and how texts become numbers. */
final class Numbers {
    private static final String DIGITS = "\\d++(?:_\\d++)*+";
    private static final Pattern REAL =
            Pattern.compile("(?:%1$s(?:\\.(?:%1$s)?)?|\\.%1$s)(?:[eE][+-]?%1$s)?".formatted(DIGITS));

    /** Digits of the longest integer that Python reads or writes. */
    static final int LONGEST = 4300;

    private Numbers() {}

    static boolean isInteger(Object value) {
        return value instanceof BigInteger || value instanceof Boolean;
    }

    /** An integer, or a boolean as one. */
    static BigInteger integer(Object value) {
        return switch (value) {
            case BigInteger number -> number;
            case Boolean truth -> truth ? BigInteger.ONE : BigInteger.ZERO;
            case Undefined undefined -> throw undefined.problem();
            default -> throw new Problem("'" + Types.name(value) + "' object cannot be interpreted as an integer");
        };
    }

    /** An integer, cut to what an int holds: enough for a position or a count. */
    static int position(Object value) {
        BigInteger number = integer(value);
        if (number.bitLength() < 31) return number.intValue();
        return number.signum() < 0 ? -(1 << 30) : 1 << 30;
    }

    /** Any number as a float. */
    static double real(Object value) {
        return switch (value) {
            case Double number -> number;
            case BigInteger number -> finite(number.doubleValue());
            case Boolean truth -> truth ? 1 : 0;
            case Undefined undefined -> throw undefined.problem();
            default -> throw new Problem("must be real number, not " + Types.name(value));
        };
    }

    private static double finite(double value) {
        if (Double.isInfinite(value)) throw new Problem("int too large to convert to float");
        return value;
    }

    static BigInteger truncated(double value) {
        if (!Double.isFinite(value)) throw new Problem("cannot convert float " + Floats.repr(value) + " to integer");
        return new BigDecimal(value).toBigInteger();
    }

    /** int(text, base); null when it is none. */
    static @Nullable BigInteger parseInteger(String text, int base) {
        String digits = Characters.strip(text);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) digits = digits.substring(1);
        int radix = base;
        String prefix = digits.length() > 1 && digits.charAt(0) == '0'
                ? digits.substring(1, 2).toLowerCase(Locale.ROOT)
                : "";
        int prefixed = switch (prefix) {
            case "x" -> 16;
            case "o" -> 8;
            case "b" -> 2;
            default -> 0;
        };
        if (prefixed != 0 && (base == prefixed || base == 0)) {
            radix = prefixed;
            digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
        } else if (base == 0) {
            if (!prefix.isEmpty() && !digits.matches("0(_?0)*")) return null;
            radix = 10;
        }
        if (!digits.matches("[\\p{Nd}a-zA-Z]+(_[\\p{Nd}a-zA-Z]+)*+") || digits.length() > LONGEST) return null;
        try {
            BigInteger value = new BigInteger(digits.replace("_", ""), radix);
            return negative ? value.negate() : value;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** float(text); null when it is none. */
    static @Nullable Double parseReal(String text) {
        String number = Characters.strip(text);
        String sign = number.startsWith("-") ? "-" : "";
        String unsigned = number.startsWith("-") || number.startsWith("+") ? number.substring(1) : number;
        return switch (unsigned.toLowerCase(Locale.ROOT)) {
            case "inf", "infinity" -> sign.isEmpty() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> REAL.matcher(unsigned).matches() ? Double.valueOf(sign + unsigned.replace("_", "")) : null;
        };
    }
}
