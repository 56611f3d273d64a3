package dev.thirteen.core.answer;

import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How an extracted answer is compared with the right one. */
public enum Scorer {
    /** The same text, white space around it aside. */
    EXACT,
    /** The same number, whatever its spelling: see {@link #verdict} for what counts as one. */
    NUMERIC,
    /** The same mathematics, as the verifier module decides it; {@link #verdict} refuses it. */
    MATH;

    /** The scorer of this {@link #label}; empty when there is none. */
    public static Optional<Scorer> named(String label) {
        return Arrays.stream(values())
                .filter(scorer -> scorer.label().equals(label))
                .findFirst();
    }

    /** Its name in run files and records. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The verdict on an answer. A number may have a sign, thousands separators, decimals, an exponent up to ±1000, a
     * currency or percent sign (both dropped), or be a fraction {@code a/b} or {@code \frac{a}{b}}; at most 200 characters.
     *
     * @throws Failure CALLER when the right answer is no number, and numbers are to be compared
     */
    public Verdict verdict(String extracted, String answer) {
        return switch (this) {
            case EXACT -> verdict(extracted, extracted.strip().equals(answer.strip()));
            case NUMERIC -> {
                Fraction right = number(answer);
                Optional<Fraction> given = Fraction.parse(extracted);
                yield given.isEmpty()
                        ? new Verdict.Unparsable(extracted)
                        : verdict(extracted, given.get().sameAs(right));
            }
            case MATH -> throw new Failure(Failure.Kind.BUG, "mathematics is compared by the verifier, not here");
        };
    }

    /**
     * Whether an answer can be compared with. What is no mathematics is compared as text; what was cut off is not.
     *
     * @throws Failure CALLER when it is no number, and numbers are to be compared; when its braces do not close, and
     *     mathematics is
     */
    public void check(String answer) {
        if (this == NUMERIC) number(answer);
        if (this == MATH && !closes(answer)) {
            throw new Failure(
                    Failure.Kind.CALLER, "the right answer has braces that do not close: " + shortened(answer));
        }
    }

    /** Whether each brace of LaTeX has its other; those that are meant to be seen, with a backslash, may stand alone. */
    private static boolean closes(String answer) {
        int open = 0;
        for (int i = 0; i < answer.length() && open >= 0; i++) {
            char c = answer.charAt(i);
            if (c == '\\') i++;
            if (c == '{') open++;
            if (c == '}') open--;
        }
        return open == 0;
    }

    private static Fraction number(String answer) {
        return Fraction.parse(answer)
                .orElseThrow(
                        () -> new Failure(Failure.Kind.CALLER, "the right answer is no number: " + shortened(answer)));
    }

    private static Verdict verdict(String extracted, boolean right) {
        return right ? new Verdict.Correct(extracted) : new Verdict.Incorrect(extracted);
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
