package dev.thirteen.engine.jinja;

import java.math.BigInteger;

/**
 * How a number or text is laid out, in either of Python's format languages.
 *
 * @param align one of {@code < > ^ =}
 * @param sign one of {@code - +} and the space
 * @param precision -1 for none
 */
record NumberFormat(String fill, char align, char sign, boolean alternate, int width, boolean commas, int precision) {
    private static final int FINEST = 10_000;

    /** An int as d, b, o, x or X. */
    String integer(Budget budget, BigInteger value, char type) {
        BigInteger magnitude = value.abs();
        String digits = switch (type) {
            case 'b' -> magnitude.toString(2);
            case 'o' -> magnitude.toString(8);
            case 'x' -> magnitude.toString(16);
            case 'X' -> Cases.upper(magnitude.toString(16));
            default -> Texts.integer(magnitude);
        };
        if (digits.length() < precision) {
            budget.text(precision);
            digits = "0".repeat(precision - digits.length()) + digits;
        }
        String prefix = alternate && type != 'd' ? "0" + type : "";
        return laidOut(budget, signText(value.signum() < 0) + prefix, grouped(digits));
    }

    /** A float as e, f, g or %, in small or capital letters; r for as it is. */
    String real(Budget budget, double value, char type) {
        boolean negative = value < 0 || 1 / value < 0;
        int digits = precision < 0 ? 6 : precision;
        if (digits > FINEST) throw new Problem("a precision of more than " + FINEST + " is not supported");
        double magnitude = Math.abs(value);
        String text = Double.isFinite(value) ? magnitudeText(magnitude, digits, type) : Floats.special(magnitude);
        if (type == '%') text += "%";
        if (Character.isUpperCase(type)) text = Cases.upper(text);
        return laidOut(budget, signText(negative), grouped(text));
    }

    private String magnitudeText(double magnitude, int digits, char type) {
        return switch (Character.toLowerCase(type)) {
            case 'e' -> Floats.exponential(magnitude, digits);
            case 'r' -> Floats.repr(magnitude);
            case 'g' -> Floats.general(magnitude, digits, alternate);
            case '%' -> Floats.fixed(magnitude * 100, digits);
            default -> Floats.fixed(magnitude, digits);
        };
    }

    String text(Budget budget, String text) {
        boolean cut = precision >= 0 && precision < Types.length(text);
        return laidOut(budget, "", cut ? Slices.substring(text, 0, precision) : text);
    }

    private String signText(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    }

    private String grouped(String digits) {
        if (!commas) return digits;
        int end = 0;
        while (end < digits.length() && Character.isDigit(digits.charAt(end))) end++;
        StringBuilder grouped = new StringBuilder(digits);
        for (int at = end - 3; at > 0; at -= 3) grouped.insert(at, ',');
        return grouped.toString();
    }

    private String laidOut(Budget budget, String prefix, String text) {
        int missing = Math.max(0, width - Types.length(prefix) - Types.length(text));
        budget.text((long) prefix.length() + text.length() + missing);
        return switch (align) {
            case '<' -> prefix + text + fill.repeat(missing);
            case '=' -> prefix + fill.repeat(missing) + text;
            case '^' -> fill.repeat(missing / 2) + prefix + text + fill.repeat(missing - missing / 2);
            default -> fill.repeat(missing) + prefix + text;
        };
    }
}
