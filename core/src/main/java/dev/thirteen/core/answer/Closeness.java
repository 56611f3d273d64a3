package dev.thirteen.core.answer;

import dev.thirteen.core.failure.Failure;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;

/** How near a number is to the right one: 1 at it, falling in a line to 0 at a distance. */
public final class Closeness {
    private static final MathContext DIGITS = MathContext.DECIMAL64;

    private Closeness() {}

    /**
     * 1 - |a - b| / (tolerance * max(1, |b|)), at least 0; empty when the text is no number.
     *
     * @param answer the right number, b
     * @param tolerance relative distance at which nothing is left, above 0
     * @throws Failure CALLER when the right answer is no number
     */
    public static Optional<Double> value(String text, String answer, double tolerance) {
        Scorer.NUMERIC.check(answer);
        Fraction right = Fraction.parse(answer).orElseThrow();
        return Fraction.parse(text)
                .map(given -> given.sameAs(right) ? 1 : near(number(given), number(right), tolerance));
    }

    private static double near(BigDecimal given, BigDecimal right, double tolerance) {
        BigDecimal scale = right.abs().max(BigDecimal.ONE).multiply(BigDecimal.valueOf(tolerance), DIGITS);
        double distance =
                given.subtract(right, DIGITS).abs().divide(scale, DIGITS).doubleValue();
        return Math.max(0, 1 - distance);
    }

    private static BigDecimal number(Fraction fraction) {
        return fraction.numerator().divide(fraction.denominator(), DIGITS);
    }
}
