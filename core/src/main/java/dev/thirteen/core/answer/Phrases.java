package dev.thirteen.core.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
        "r\u00e9ponse finale est",
        "respuesta es",
        "antwort ist",
        "antwort lautet",
        "\u7b54\u6848\u662f",
        "\u7b54\u6848\u4e3a",
        "\u7b54\u6848\uff1a",
        "\u7b54\u6848:",
        "answer would be",
        "answer should be",
        "answer must be",
        "answer will be",
        "answer comes to",
        "answer comes out to",
        "\u043e\u0442\u0432\u0435\u0442:",
        "risposta \u00e8",
        "resposta \u00e9",
        "result is"
    };

    private static final String[] COPULAS = {" is ", " are ", " = ", " equals ", ": ", "\uff1a"};
    private static final int LONGEST = 2000;
    /** Signs between "not" and what it denies. */
    private static final int FARTHEST = 8;

    /** What begins the reason for an answer, says what it is not, or about what: none of these is the answer. */
    private static final Pattern ASIDE = Pattern.compile(
            "[,;:]?\\s\\(?(?:because|since|as(?! well)|(?:but )?not(?= [-\\d$\\\\(])|rather than|instead of"
                    + "|or (?:about|approximately|roughly|nearly))\\s"
                    + "|[,;]\\s(?:I|I'm|I am|and I|which(?! is| equals| gives| makes)|where|while|though|although)\\s"
                    + "|\\s\\((?:about|approximately|roughly|or|that is|i\\.e\\.)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern DENIAL =
            Pattern.compile("not\\s+[-+\u2212]?[\\d$\\\\(\\[{]", Pattern.CASE_INSENSITIVE);

    /** What says behind a value that it is none. */
    private static final Pattern REJECTION = Pattern.compile(
            "[\\s$*)]{0,8}(?:\\\\text\\{\\s?)?\\(?(?:(?:is|was) (?:\\w{4,9} )?)?"
                    + "(?:wrong|incorrect|not (?:correct|right|the (?:right |correct )?answer))\\b",
            Pattern.CASE_INSENSITIVE);

    /** What an answer that is no word begins with. */
    private static final Pattern VALUE = Pattern.compile("[-+\u2212]?[\\d$\\\\\u20ac\u00a3(\\[{]|[A-Za-z]\\s?=");

    /**
     * An announcement.
     *
     * @param start index of its first character
     * @param said what it announces, up to the end of the sentence or of its main clause
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
        String said = mainClause(cleaned(text.substring(end, sentenceEnd(text, end))));
        String meant = affirmed(said);
        return meant.isEmpty() ? Optional.empty() : Optional.of(new Phrase(start, meant));
    }

    /** "12" of "not 11 but 12"; nothing of "not 11". */
    private static String affirmed(String said) {
        if (!DENIAL.matcher(said).lookingAt()) return said;
        int but = said.indexOf("but ");
        return but < 0 ? "" : cleaned(said.substring(but + "but ".length()));
    }

    /** Whether what stands at an index is said not to be so: "not 12", "isn't $12$". */
    static boolean denied(String text, int at) {
        int end = at;
        while (end > 0 && at - end < FARTHEST && " $*(\\".indexOf(text.charAt(end - 1)) >= 0) end--;
        return end < at && (endsWith(text, end, "not") || endsWith(text, end, "n't"));
    }

    /** Whether what begins and ends at these places is said not to be so: "not 12", "12 is wrong". */
    static boolean denied(String text, int start, int end) {
        return denied(text, start)
                || REJECTION.matcher(text).region(end, text.length()).lookingAt();
    }

    private static boolean endsWith(String text, int end, String word) {
        boolean apart = word.startsWith("n'")
                || end == word.length()
                || end > word.length() && !Character.isLetter(text.charAt(end - word.length() - 1));
        return end >= word.length() && apart && text.startsWith(word, end - word.length());
    }

    /** The clause, and what stands behind its last verb, its last formula, its last number. */
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
        Formulas.of(said).last().ifPresent(formula -> parts.add(formula.text()));
        NumberScan.lastOrMixed(said).ifPresent(parts::add);
        return parts;
    }

    /** "10" of "10 because 2 * 5 = 10, not 12"; all of a sentence that does not begin with a value. */
    static String mainClause(String said) {
        if (!VALUE.matcher(said).lookingAt()) return said;
        Matcher aside = ASIDE.matcher(said);
        for (int i = 0; i < said.length(); i++) {
            int formula = Formulas.endAt(said, i);
            if (formula > i) {
                i = formula - 1;
            } else if (aside.region(i, said.length()).lookingAt()) {
                return cleaned(said.substring(0, i));
            }
        }
        return said;
    }

    private static int lastIndexOf(String text, String words) {
        char first = words.charAt(0);
        for (int at = text.length() - words.length(); at >= 0; at--) {
            char c = text.charAt(at);
            boolean begins = c == first || Character.toLowerCase(c) == first;
            if (begins && text.regionMatches(true, at, words, 0, words.length())) return at;
        }
        return -1;
    }

    /** Index where the sentence ends that holds an index: before a full stop, a line's end, or the next of both. */
    private static int sentenceEnd(String text, int from) {
        int start = from;
        while (start < text.length() && " \n\t*:\uff1a".indexOf(text.charAt(start)) >= 0) start++;
        int limit = Math.min(text.length(), from + LONGEST);
        String near = text.substring(0, limit);
        for (int i = start; i < limit; i++) {
            char c = text.charAt(i);
            int formula = Formulas.endAt(near, i);
            if (formula > i) {
                i = formula - 1;
            } else if (c == '\\') {
                i++;
            } else if (c == '\n' || c == '\u3002' || c == '<' && text.startsWith("<|", i)) {
                return i;
            } else if (c == '.' && (i + 1 >= limit || Character.isWhitespace(text.charAt(i + 1)))) {
                return i;
            }
        }
        return limit;
    }

    static String cleaned(String said) {
        String text = said.replace("\\\"", "").replace("**", "").strip();
        int start = 0;
        int end = text.length();
        while (start < end && ":\uff1a\"*= ".indexOf(text.charAt(start)) >= 0) start++;
        while (end > start && ".\"*\u3002 !".indexOf(text.charAt(end - 1)) >= 0) end--;
        return text.substring(start, end).strip();
    }
}
