package dev.thirteen.verifier.notation;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Numbers in English words, and the words that multiply a number: 5 million. */
final class NumberWords {
    private static final String[] SMALL = {
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen"
    };
    private static final String[] TENS = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
    private static final Map<String, Long> SCALES = Map.of(
            "thousand", 1_000L, "million", 1_000_000L, "billion", 1_000_000_000L, "trillion", 1_000_000_000_000L);
    private static final String DOZEN = " dozen";
    private static final int LONGEST = 100;

    private NumberWords() {}

    /** What a word multiplies the number before it by; empty for any other word. */
    static Optional<Long> scale(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.equals("dozen") ? Optional.of(12L) : Optional.ofNullable(SCALES.get(lower));
    }

    /** What a text says in words and nothing else: "forty-two", "one hundred and five", "two thirds", "three dollars". */
    static Optional<Expression> value(String text) {
        String plain = text.replaceFirst("^\\s*\\\\text(?:bf|rm|it)?\\{([^{}]*)}\\s*$", "$1")
                .strip();
        if (plain.length() > LONGEST || plain.isEmpty() || !Character.isLetter(plain.charAt(0)))
            return Optional.empty();
        String spoken = plain.toLowerCase(Locale.ROOT).replace('-', ' ').replaceFirst("\\.$", "");
        Optional<Expression> number = number(spoken);
        int unit = spoken.lastIndexOf(' ');
        if (number.isPresent()
                || unit < 0
                || Names.unit(spoken.substring(unit + 1)).isEmpty()) return number;
        return number(spoken.substring(0, unit))
                .map(value -> new Expression.Measured(value, spoken.substring(unit + 1)));
    }

    private static Optional<Expression> number(String spoken) {
        return whole(spoken)
                .or(() -> dozens(spoken))
                .map(Rational::of)
                .or(() -> FractionWords.value(spoken))
                .map(value -> new Expression.Number(value, Expression.NO_POINT));
    }

    /** "a dozen", "two dozen". */
    private static Optional<Long> dozens(String spoken) {
        if (!spoken.endsWith(DOZEN)) return Optional.empty();
        String count = spoken.substring(0, spoken.length() - DOZEN.length());
        return (count.equals("a") ? Optional.of(1L) : whole(count)).map(many -> 12 * many);
    }

    /** A whole number in lower case without hyphens. */
    static Optional<Long> whole(String spoken) {
        String[] words = spoken.split(" +");
        long total = 0;
        long group = 0;
        for (String word : words) {
            Long scale = SCALES.get(word);
            if (scale != null && group > 0) {
                total += group * scale;
                group = 0;
            } else if (word.equals("hundred") && group > 0 && group < 100 && group % 10 > 0) {
                group *= 100;
            } else if (!word.equals("and") || group == 0 && total == 0) {
                long small = small(word);
                if (small < 0 || !fits(group, small)) return Optional.empty();
                group += small;
            }
        }
        return words[words.length - 1].equals("and") ? Optional.empty() : Optional.of(total + group);
    }

    /** Whether a word may follow what was said: "forty two" and "hundred five", not "two forty" and not "five five". */
    private static boolean fits(long group, long small) {
        long below = group % 100;
        return below == 0 || small > 0 && small < 10 && below >= 20 && below % 10 == 0;
    }

    private static long small(String word) {
        for (int i = 0; i < SMALL.length; i++) if (SMALL[i].equals(word)) return i;
        for (int i = 0; i < TENS.length; i++) if (TENS[i].equals(word)) return 20 + 10L * i;
        return -1;
    }
}
