package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Floats as Python writes them. Signs are the caller's: all but {@link #repr} take values of at least zero. */
final class Floats {
    private Floats() {}

    /** The shortest text that reads back as the same float. */
    static String repr(double value) {
        if (!Double.isFinite(value)) return special(value);
        String sign = 1 / value < 0 || value < 0 ? "-" : "";
        if (value == 0) return sign + "0.0";
        BigDecimal exact = shortest(Math.abs(value));
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent < -4 || exponent >= 16) return sign + scientific(exact, exponent);
        String plain = exact.toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }

    // Java writes two digits even where one would do.
    private static BigDecimal shortest(double value) {
        BigDecimal written = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (written.precision() != 2) return written;
        BigDecimal shorter = written.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return shorter.doubleValue() == value ? shorter.stripTrailingZeros() : written;
    }

    /** inf, -inf or nan. */
    static String special(double value) {
        return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }

    static String fixed(double value, int precision) {
        return new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
    }

    static String exponential(double value, int precision) {
        BigDecimal rounded = rounded(value, precision + 1);
        int exponent = value == 0 ? 0 : exponent(rounded);
        String digits = digits(rounded, precision + 1);
        return digits.charAt(0) + (precision == 0 ? "" : "." + digits.substring(1)) + exponentText(exponent);
    }

    /** As printf's %g. */
    static String general(double value, int significant, boolean keepZeros) {
        int precision = Math.max(1, significant);
        int exponent = value == 0 ? 0 : exponent(rounded(value, precision));
        boolean scientific = exponent < -4 || exponent >= precision;
        String text = scientific ? exponential(value, precision - 1) : fixed(value, precision - 1 - exponent);
        return keepZeros ? text : withoutTrailingZeros(text);
    }

    private static String withoutTrailingZeros(String text) {
        int e = text.indexOf('e');
        String mantissa = e < 0 ? text : text.substring(0, e);
        if (mantissa.contains(".")) mantissa = mantissa.replaceAll("0+$", "").replaceAll("\\.$", "");
        return mantissa + (e < 0 ? "" : text.substring(e));
    }

    private static BigDecimal rounded(double value, int digits) {
        return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    private static int exponent(BigDecimal value) {
        return value.precision() - value.scale() - 1;
    }

    private static String digits(BigDecimal value, int count) {
        String digits = value.unscaledValue().toString();
        return digits.length() >= count ? digits.substring(0, count) : digits + "0".repeat(count - digits.length());
    }

    private static String scientific(BigDecimal value, int exponent) {
        String digits = value.unscaledValue().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + exponentText(exponent);
    }

    private static String exponentText(int exponent) {
        return String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
