package dev.thirteen.core.statistics;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Likeness of two texts by their longest common subsequence of words: Lin 2004, "ROUGE". Words as Google's
 * {@code rouge_score} takes them without stemming: runs of a-z and 0-9 of the lower-cased text.
 */
public final class RougeL {
    /** More words of a text are not read: the table is quadratic. */
    private static final int MOST_WORDS = 4_000;

    private static final Pattern NO_WORD = Pattern.compile("[^a-z0-9]++");

    private RougeL() {}

    /** The F1 score, 0 to 1; 0 when either has no word. */
    public static double f1(String reference, String text) {
        String[] expected = words(reference);
        String[] given = words(text);
        if (expected.length == 0 || given.length == 0) return 0;
        double common = longestCommon(expected, given);
        return 2 * common / (expected.length + given.length);
    }

    private static int longestCommon(String[] one, String[] other) {
        int[] above = new int[other.length + 1];
        for (String word : one) {
            int[] row = new int[other.length + 1];
            for (int j = 1; j <= other.length; j++) {
                row[j] = word.equals(other[j - 1]) ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
            }
            above = row;
        }
        return above[other.length];
    }

    private static String[] words(String text) {
        String plain =
                NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
        return plain.isEmpty() ? new String[0] : plain.split(" ", MOST_WORDS);
    }
}
