package dev.thirteen.core.answer;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An exact number as people and models write it: {@code 1,234.50}, {@code +7}, {@code $5}, {@code 50%}, {@code 3/4},
 * {@code \frac{3}{4}}. Currency and percent signs are units and are dropped: 50% is 50.
 *
 * @param denominator not 0
 */
record Fraction(BigDecimal numerator, BigDecimal denominator) {
    // Longer digit strings are no answers, and they would cost quadratic time to read.
    private static final int MAX_LENGTH = 200;
    // Products of numbers with larger exponents could take more memory than there is.
    private static final int MAX_EXPONENT = 1000;
    // Possessive throughout: no backtracking.
    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?+(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)(?:[eE]([+-]?+\\d++))?+");
    private static final Pattern GROUPED = Pattern.compile("[+-]?+\\d{1,3}+(?:,\\d{3})++(?:\\.\\d*+)?+");

    /** The number that a text is, if it is one and nothing else. */
    static Optional<Fraction> parse(String text) {
        if (text.length() > MAX_LENGTH) return Optional.empty();
        String plain = text.replace("\\$", "")
                .replace("$", "")
                .replace("\\%", "")
                .replace("%", "")
                .replace("\\!", "")
                .replace("\\,", "")
                .replace("{,}", ",")
                .replace("\\dfrac", "\\frac")
                .replace("\\tfrac", "\\frac")
                .replace('\u2212', '-')
                .replace(" ", "")
                .strip();
        if (plain.endsWith(".")) plain = plain.substring(0, plain.length() - 1);
        return plain.contains("\\frac") ? latexFraction(plain) : ratio(plain);
    }

    /** Whether both are the same number, whatever their spelling. */
    boolean sameAs(Fraction other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator)) == 0;
    }

    /** Sign, then {@code \frac{a}{b}}. */
    private static Optional<Fraction> latexFraction(String text) {
        int start = text.indexOf("\\frac{");
        int middle = text.indexOf("}{");
        String sign = start < 0 ? "" : text.substring(0, start);
        if (start < 0 || middle < start || !text.endsWith("}") || !(sign.isEmpty() || "+-".contains(sign))) {
            return Optional.empty();
        }
        String top = text.substring(start + "\\frac{".length(), middle);
        Optional<Fraction> fraction = of(top, text.substring(middle + 2, text.length() - 1));
        return sign.equals("-") ? fraction.map(Fraction::negated) : fraction;
    }

    private static Optional<Fraction> ratio(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? of(text, "1") : of(text.substring(0, slash), text.substring(slash + 1));
    }

    private static Optional<Fraction> of(String top, String bottom) {
        return decimal(top)
                .flatMap(numerator -> decimal(bottom)
                        .filter(denominator -> denominator.signum() != 0)
                        .map(denominator -> new Fraction(numerator, denominator)));
    }

    private static Optional<BigDecimal> decimal(String text) {
        String plain = GROUPED.matcher(text).matches() ? text.replace(",", "") : text;
        if (!DECIMAL.matcher(plain).matches()) return Optional.empty();
        int exponent = Math.max(plain.indexOf('e'), plain.indexOf('E'));
        // Four digits at most, so that parseInt cannot fail; leading zeros are not worth a case.
        String digits = exponent < 0 ? "0" : plain.substring(exponent + 1);
        if (digits.length() > 5 || Math.abs(Integer.parseInt(digits)) > MAX_EXPONENT) return Optional.empty();
        return Optional.of(new BigDecimal(plain));
    }

    private Fraction negated() {
        return new Fraction(numerator.negate(), denominator);
    }
}
