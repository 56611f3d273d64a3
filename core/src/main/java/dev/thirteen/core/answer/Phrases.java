package dev.thirteen.core.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Words that announce an answer, in the languages that models use. */
final class Phrases {
    /** Without regard to case; the later in the text wins, the longer where they begin together. */
    private static final String[] ANNOUNCED = {
        "final answer is",
        "final answer:",
        "answer is",
        "answer:",
        "answer =",
        "answers are",
        "answer\u662f",
        "r\u00e9ponse est",
        "r\u00e9ponse finale",
        "respuesta es",
        "antwort ist",
        "antwort lautet",
        "\u7b54\u6848\u662f",
        "\u7b54\u6848\u4e3a",
        "\u7b54\u6848\uff1a",
        "\u7b54\u6848:",
        "result is"
    };

    private static final String[] COPULAS = {" is ", " are ", " = ", " equals ", ": ", "\uff1a"};
    private static final int LONGEST = 2000;

    /**
     * An announcement.
     *
     * @param start index of its first character
     * @param said what it announces, up to the end of the sentence
     */
    record Phrase(int start, String said) {}

    private Phrases() {}

    static Optional<Phrase> last(String text) {
        int start = -1;
        int end = -1;
        for (String words : ANNOUNCED) {
            int at = lastIndexOf(text, words);
            if (at >= 0 && at + words.length() > end) {
                start = at;
                end = at + words.length();
            }
        }
        if (start < 0) return Optional.empty();
        String said = cleaned(text.substring(end, sentenceEnd(text, end)));
        return said.isEmpty() ? Optional.empty() : Optional.of(new Phrase(start, said));
    }

    /** The sentence, and what stands behind its last verb, its last formula, its last number. */
    static List<String> parts(String said) {
        List<String> parts = new ArrayList<>(List.of(said));
        int best = -1;
        for (String copula : COPULAS) {
            int at = said.lastIndexOf(copula);
            boolean plain = at >= 0 && (said.indexOf('$', at) < 0 || said.startsWith("$", at + copula.length()));
            if (plain) {
                best = Math.max(best, at + copula.length());
            }
        }
        if (best > 0) parts.add(cleaned(said.substring(best)));
        Formulas.last(said).ifPresent(formula -> parts.add(formula.text()));
        NumberScan.lastOrMixed(said).ifPresent(parts::add);
        return parts;
    }

    private static int lastIndexOf(String text, String words) {
        for (int at = text.length() - words.length(); at >= 0; at--) {
            if (text.regionMatches(true, at, words, 0, words.length())) return at;
        }
        return -1;
    }

    /** Index where the sentence ends that holds an index: before a full stop, a line's end, or the next of both. */
    private static int sentenceEnd(String text, int from) {
        int start = from;
        while (start < text.length() && " \n\t*:\uff1a".indexOf(text.charAt(start)) >= 0) start++;
        int limit = Math.min(text.length(), from + LONGEST);
        boolean formula = false;
        for (int i = start; i < limit; i++) {
            char c = text.charAt(i);
            if (c == '$') formula = !formula;
            if (c == '\\' && i + 1 < limit) {
                char next = text.charAt(++i);
                if (next == '(' || next == '[') formula = true;
                if (next == ')' || next == ']') formula = false;
            } else if (c == '\n' && !formula || c == '\u3002' || c == '<' && text.startsWith("<|", i)) {
                return i;
            } else if (c == '.' && !formula && (i + 1 >= limit || Character.isWhitespace(text.charAt(i + 1)))) {
                return i;
            }
        }
        return limit;
    }

    private static String cleaned(String said) {
        String text = said.replace("\\\"", "").replace("**", "").strip();
        int start = 0;
        int end = text.length();
        while (start < end && ":\uff1a\"*= ".indexOf(text.charAt(start)) >= 0) start++;
        while (end > start && ".\"*\u3002 !".indexOf(text.charAt(end - 1)) >= 0) end--;
        return text.substring(start, end).strip();
    }
}
