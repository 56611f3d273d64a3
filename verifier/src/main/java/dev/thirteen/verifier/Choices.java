package dev.thirteen.verifier;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Letters of multiple choice in running text. One pass each. */
final class Choices {
    private static final String[] ANNOUNCED = {"answer", "choice", "option", "\u7b54\u6848"};

    /** Further letters behind one, which then is no choice: "A or B", "A, B, C or D"; not the subject of "A, B is wrong". */
    private static final Pattern OTHERS =
            Pattern.compile("\\)?(?:,\\s*+\\(?[A-Z]\\)?)*+,?\\s++(?:or|and)\\s++\\(?[A-Z]\\)?(?![\\p{L}'\u2019])"
                    + "|\\)?(?:,\\s*+\\(?[A-Z]\\)?)++\\s*+(?:[.!]|$)");

    private static final Pattern LIST =
            Pattern.compile("\\s*+\\(?[A-Z]\\)?(?:(?:,|\\s*+,?\\s*+(?:or|and))\\s*+\\(?[A-Z]\\)?)++[.\\s]*+");

    private static final int LONGEST_SMALL = 40;
    private static final Pattern ANNOUNCEMENT =
            Pattern.compile("(?i)^\\s*+(?:the )?(?:final |correct )?(?:answer|choice|option)(?: is)?:?\\s++");

    /** What is chosen where several letters are: none that a label could have. */
    private static final String UNDECIDED = "?";

    private Choices() {}

    /** The letter of an answer such as "C", "(C)" or "(C) Cecile"; empty when the text does not begin with one. */
    static Optional<String> leading(String text) {
        String plain = text.replaceAll("\\\\(?:textbf|text|mathrm|mathbf)|[$]", "");
        int at = 0;
        while (at < plain.length() && " ({*\\".indexOf(plain.charAt(at)) >= 0) at++;
        if (at >= plain.length() || !isChoice(plain, at)) return Optional.empty();
        char next = at + 1 < plain.length() ? plain.charAt(at + 1) : '.';
        return ".):}*,\u3002\uff1a\uff0c ".indexOf(next) >= 0
                ? Optional.of(plain.substring(at, at + 1))
                : Optional.empty();
    }

    /** The letter that is all of a text, in lower case, or all that it announces: "b", "(b)" or "Answer: b". */
    static Optional<String> small(String text) {
        String said =
                text.length() > LONGEST_SMALL ? "" : ANNOUNCEMENT.matcher(text).replaceFirst("");
        String plain = said.length() > 8 ? "" : said.replaceAll("[\\s().$]", "");
        boolean letter = plain.length() == 1 && plain.charAt(0) >= 'a' && plain.charAt(0) <= 'h';
        return letter ? Optional.of(plain.toUpperCase(Locale.ROOT)) : Optional.empty();
    }

    /** A letter alone, or marked, whatever follows: {@code \textbf{(B)}\ 12} and {@code \text{D. } 24}; none for (A, B). */
    static Optional<String> bracketed(String text) {
        String plain = text.replaceAll("\\\\(?:textbf|text|mathrm|mathbf)|[\\s{$]", "");
        if (plain.replace("}", "").length() == 1 && isChoice(plain, 0)) return Optional.of(plain.substring(0, 1));
        boolean letter = plain.length() > 2 && plain.charAt(0) == '(' && plain.charAt(2) == ')' && isChoice(plain, 1);
        if (letter) return Optional.of(plain.substring(1, 2));
        boolean listed = plain.length() > 2 && ".)".indexOf(plain.charAt(1)) >= 0 && isChoice(plain, 0);
        return listed ? Optional.of(plain.substring(0, 1)) : Optional.empty();
    }

    /** The letter that a text chooses: the first after its last announcement, the one it begins with, or the last one. */
    static Optional<String> chosen(String text) {
        int announced = -1;
        for (String word : ANNOUNCED)
            announced = Math.max(announced, text.toLowerCase(Locale.ROOT).lastIndexOf(word));
        if (announced >= 0) {
            Optional<String> after = first(text, announced);
            if (after.isPresent()) return after;
        }
        if (LIST.matcher(text).matches()) return Optional.of(UNDECIDED);
        Optional<String> leading = leading(text);
        return leading.isPresent() && isMarked(text) ? leading : last(text);
    }

    /** Whether the letter at the beginning is followed by a mark: "A. Because", not "A man". */
    private static boolean isMarked(String text) {
        String plain = text.strip();
        return plain.length() < 2 || plain.charAt(0) == '(' || plain.charAt(1) != ' ';
    }

    private static Optional<String> first(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (isChoice(text, i) && !negated(text, i) && !isArticle(text, i))
                return Optional.of(
                        OTHERS.matcher(text).region(i + 1, text.length()).lookingAt()
                                ? UNDECIDED
                                : text.substring(i, i + 1));
        }
        return Optional.empty();
    }

    private static Optional<String> last(String text) {
        for (int i = text.length() - 1; i >= 0; i--) {
            if (isChoice(text, i) && !negated(text, i) && !isArticle(text, i))
                return Optional.of(text.substring(i, i + 1));
        }
        return Optional.empty();
    }

    private static boolean isChoice(String text, int at) {
        char c = text.charAt(at);
        return c >= 'A' && c <= 'Z' && !word(text, at - 1) && !word(text, at + 1);
    }

    private static boolean word(String text, int at) {
        if (at < 0 || at >= text.length()) return false;
        char c = text.charAt(at);
        return c < 128 && Character.isLetterOrDigit(c) || c == '\'' || c == '\u2019';
    }

    private static boolean negated(String text, int at) {
        String before = text.substring(Math.max(0, at - 5), at).stripTrailing();
        return before.endsWith("not") || before.endsWith("n't") || before.endsWith("\u4e0d\u662f");
    }

    /** "A" and "I" before another word are words. */
    private static boolean isArticle(String text, int at) {
        char c = text.charAt(at);
        boolean wordFollows =
                at + 2 < text.length() && text.charAt(at + 1) == ' ' && Character.isLowerCase(text.charAt(at + 2));
        return (c == 'A' || c == 'I') && wordFollows;
    }
}
