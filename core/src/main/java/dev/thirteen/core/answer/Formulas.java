package dev.thirteen.core.answer;

import dev.thirteen.core.answer.Candidate.Mark;
import java.util.List;
import java.util.Optional;

/** Formulas in running text: between dollars, {@code \(…\)}, {@code \[…\]}, or a bare command. One pass. */
final class Formulas {
    private static final int LONGEST_SENTENCE = 500;

    private Formulas() {}

    /** What the last sentence says that several things are, where it names several: "the roots are x = 2 and x = 3". */
    static Optional<Candidate> joined(String text) {
        String plain = text.stripTrailing();
        int end = plain.endsWith(".") ? plain.length() - 1 : plain.length();
        int start = Math.max(0, end - LONGEST_SENTENCE);
        for (String stop : List.of(". ", "\n")) {
            int at = plain.lastIndexOf(stop, end - 1);
            if (at >= 0) start = Math.max(start, at + stop.length());
        }
        String sentence = plain.substring(start, end);
        int said = -1;
        for (String copula : List.of(" are ", " is ", " have ", " get ")) {
            int at = sentence.lastIndexOf(copula);
            if (at >= 0) said = Math.max(said, at + copula.length());
        }
        if (said < 0) return Optional.empty();
        String several = sentence.substring(said);
        boolean joins = several.contains(" and ") || several.contains(" or ");
        return joins ? Optional.of(new Candidate(several.strip(), Mark.FORMULA, true)) : Optional.empty();
    }

    /** The last formula that holds something; only where no number follows it. */
    static Optional<Candidate> last(String text) {
        int start = -1;
        int end = -1;
        int at = 0;
        while (at < text.length()) {
            int opener = opener(text, at);
            if (opener == 0) {
                at += text.charAt(at) == '\\' ? 2 : 1;
                continue;
            }
            int close = close(text, at, opener);
            if (close < 0) {
                at += opener;
                continue;
            }
            if (!Phrases.denied(text, at)) {
                start = at + opener;
                end = close;
            }
            at = close + opener;
        }
        if (start < 0) return bare(text);
        String formula = text.substring(start, end).strip();
        if (NumberScan.lastOrMixed(text.substring(end)).isPresent()) return Optional.empty();
        return formula.isEmpty() ? Optional.empty() : Optional.of(Candidate.of(formula, Mark.FORMULA));
    }

    /** Index behind the formula that begins here; the same index where none does. */
    static int endAt(String text, int at) {
        int opener = opener(text, at);
        int close = opener == 0 ? -1 : close(text, at, opener);
        return close < 0 ? at : close + opener;
    }

    /** Characters of the opening mark that stands here; 0 for none. */
    private static int opener(String text, int at) {
        if (text.startsWith("$$", at)) return 2;
        if (text.charAt(at) == '$') return 1;
        return text.startsWith("\\(", at) || text.startsWith("\\[", at) ? 2 : 0;
    }

    /** Index of the closing mark; -1 where this is no formula. */
    private static int close(String text, int at, int opener) {
        if (text.charAt(at) == '\\') return text.indexOf(text.charAt(at + 1) == '(' ? "\\)" : "\\]", at + 2);
        int close = at + opener;
        while (close < text.length() && text.charAt(close) != '$') close += text.charAt(close) == '\\' ? 2 : 1;
        if (close >= text.length() || opener == 2 && !text.startsWith("$$", close)) return -1;
        return opener == 1 && isProse(text, at + 1, close) ? -1 : close;
    }

    /** Whether plain words stand between two dollars, so that they are prices: "$10 Cost of it = $5". */
    private static boolean isProse(String text, int from, int to) {
        int letters = 0;
        int braces = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '{') braces++;
            if (c == '}') braces--;
            if (c == '\\') {
                letters = Integer.MIN_VALUE;
            } else if (Character.isLetter(c)) {
                if (++letters > 3 && braces == 0 && i + 1 < to && text.charAt(i + 1) != ')') {
                    return text.substring(from, to).indexOf(' ') >= 0;
                }
            } else {
                letters = 0;
            }
        }
        return false;
    }

    /** A command with its arguments that stands without dollars, when it is the last formula there is. */
    private static Optional<Candidate> bare(String text) {
        int at =
                Math.max(text.lastIndexOf("\\frac"), Math.max(text.lastIndexOf("\\sqrt"), text.lastIndexOf("\\dfrac")));
        if (at < 0) return Optional.empty();
        int start = at;
        while (start > 0 && !Character.isWhitespace(text.charAt(start - 1))) start--;
        int end = at;
        int braces = 0;
        while (end < text.length() && (braces > 0 || !Character.isWhitespace(text.charAt(end)))) {
            if (text.charAt(end) == '{') braces++;
            if (text.charAt(end) == '}') braces--;
            end++;
        }
        return Optional.of(Candidate.of(text.substring(start, end), Mark.FORMULA));
    }
}
