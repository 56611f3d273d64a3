package dev.thirteen.core.answer;

import dev.thirteen.core.answer.Candidate.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Formulas in running text: between dollars, {@code \(…\)}, {@code \[…\]}, or a bare command. One pass. */
final class Formulas {
    /** A variable, which says what an answer is of: "$6$ values of $x$". */
    private static final Pattern NAME = Pattern.compile("\\s*+[A-Za-z]\\s*+\\.?\\s*+");

    /**
     * A formula with its marks.
     *
     * @param from where its content begins
     * @param to where its content ends
     */
    private record Span(int start, int from, int to, int end) {}

    private final String text;
    private final List<Span> all;

    private Formulas(String text, List<Span> all) {
        this.text = text;
        this.all = all;
    }

    /** All formulas of a text. */
    static Formulas of(String text) {
        return new Formulas(text, all(text));
    }

    /** The last formula that holds something; only where no number follows it. */
    Optional<Candidate> last() {
        @Nullable Span last = null;
        for (Span formula : all) {
            boolean name = last != null
                    && NAME.matcher(text).region(formula.from(), formula.to()).matches();
            if (!name && !Phrases.denied(text, formula.start(), formula.end())) last = formula;
        }
        if (last == null) return bare(text);
        String formula = text.substring(last.from(), last.to()).strip();
        if (NumberScan.lastOrMixed(text.substring(last.to())).isPresent()) return Optional.empty();
        return formula.isEmpty() ? Optional.empty() : Optional.of(Candidate.of(formula, Mark.FORMULA));
    }

    /** What stands behind the last formula between marks; all where there is none. */
    String rest() {
        return all.isEmpty() ? text : text.substring(all.getLast().end());
    }

    private static List<Span> all(String text) {
        List<Span> all = new ArrayList<>();
        int at = 0;
        int round = text.lastIndexOf("\\)"); // beyond it no mark is closed, and none is looked for again and again
        int square = text.lastIndexOf("\\]");
        while (at < text.length()) {
            int opener = opener(text, at);
            boolean open = text.charAt(at) == '\\' && opener > 0 && at > (text.charAt(at + 1) == '(' ? round : square);
            int close = opener == 0 || open ? -1 : close(text, at, opener);
            if (close >= 0) all.add(new Span(at, at + opener, close, close + opener));
            at = close >= 0 ? close + opener : at + Math.max(opener, text.charAt(at) == '\\' ? 2 : 1);
        }
        return all;
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
        boolean price = opener == 1 && close + 1 < text.length() && Character.isDigit(text.charAt(close + 1));
        if (price) return -1; // $204 + $136
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
        if (NumberScan.lastOrMixed(text.substring(end)).isPresent()) return Optional.empty();
        return Optional.of(Candidate.of(text.substring(start, end), Mark.FORMULA));
    }
}
