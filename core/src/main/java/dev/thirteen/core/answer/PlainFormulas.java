package dev.thirteen.core.answer;

import dev.thirteen.core.answer.Candidate.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The last formula that stands in running text without marks around it: "so the line is y = 2x + 1." */
final class PlainFormulas {
    private static final int LONGEST_TAIL = 1000;
    private static final Pattern WORD = Pattern.compile("\\S++");
    private static final String SIGNS =
            "&+-*/^=<>\u2264\u2265\u2260\u2248\u00b1\u00d7\u00b7\u00f7\u2212\u222a\u2229\u221a\u03c0\u221e()[]{}|_:!%\u00b0'.,;\\$"
                    + "\u00b2\u00b3\u00bd\u00bc\u00be\u2153\u2154";
    private static final String RELATIONS = "=<>\u2264\u2265\u2260";
    private static final String OPERATORS = RELATIONS + "+*/^\u2248\u00b1\u00d7\u00b7\u00f7\u2212-";
    /** What makes more of a number than a number. */
    private static final String STRUCTURE = OPERATORS + "([{\\\u221a\u03c0\u221e\u222a:\u00bd\u00bc\u00be\u2153\u2154";

    /** Names of functions and constants; commands of LaTeX without dollars around them. */
    private static final Pattern NAMES = Pattern.compile(
            "\\\\?(?:(?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log|exp|sqrt|pi|infinity|[pbv]?matrix|cases|U)|\\\\[A-Za-z]++");

    private static final Pattern LETTERS = Pattern.compile("\\\\?[A-Za-z]++");
    /** Numberings, abbreviations and the words of one letter; the sums that calculators write into solutions. */
    private static final Pattern NO_FORMULA =
            Pattern.compile("\\(?[A-Za-z]\\)[.:]?|(?:[A-Za-z]\\.){2,}+[,;]?|[AaI][,.]*+|.*(?:<<|>>|</|/>).*");

    /** Numbers beside each other, as the roots 3, 5 and 7. */
    private static final Pattern ROW = Pattern.compile(
            "(?<![\\d,.])((?:-?\\d{1,9}(?:[./]\\d{1,9})?(?:, and |, | and )){1,20}-?\\d{1,9}(?:[./]\\d{1,9})?)[^\\d]*+$");

    private final String text;
    private final List<String> words = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();

    /**
     * Words that are a formula.
     *
     * @param first index of its first word
     */
    private record Span(int first, int last) {}

    private PlainFormulas(String text) {
        this.text = text;
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            words.add(word.group());
            starts.add(word.start());
        }
    }

    /** The last formula, before it with all that is joined to it ("x = 2, y = 3"); nothing where a number follows. */
    static List<Candidate> last(String text) {
        return new PlainFormulas(text.substring(Math.max(0, text.length() - LONGEST_TAIL))).found();
    }

    private List<Candidate> found() {
        int last = words.size() - 1;
        while (last >= 0 && !isMath(last)) last--;
        if (last < 0 || number(String.join(" ", words.subList(last + 1, words.size())))) return List.of();
        Span span = endingAt(last);
        String formula = formula(span.first(), last);
        List<Candidate> found = new ArrayList<>();
        Matcher row = ROW.matcher(text);
        if (!isMore(formula) && row.find()) found.add(new Candidate(row.group(1), Mark.FORMULA, true));
        if (!isMore(formula)) return found;
        boolean either = span.first() > 0 && words.get(span.first() - 1).equals("or");
        int joined = joined(span);
        if (joined < span.first()) found.add(new Candidate(formula(joined, last), Mark.FORMULA, !either));
        if (joined == span.first() || !either) found.add(Candidate.of(formula, Mark.FORMULA));
        return found;
    }

    private static boolean number(String text) {
        return NumberScan.lastOrMixed(text).isPresent();
    }

    /** The formula whose last word is given. */
    private Span endingAt(int last) {
        int first = last;
        int open = brackets(words.get(last));
        while (first > 0 && isMath(first - 1) && !ends(words.get(first - 1), open < 0)) {
            first--;
            open += brackets(words.get(first));
        }
        while (first < last && open < 0) open -= brackets(words.get(first++)); // a numbering: "1) x = 5"
        return new Span(first, last);
    }

    /** Index of the first word of the relations that a formula is one of: x < 1 or x > 3. */
    private int joined(Span span) {
        int first = span.first();
        while (hasRelation(formula(first, span.last())) && first > 0) {
            String before = words.get(first - 1);
            boolean word = before.equals("or") || before.equals("and");
            int last = word ? first - 2 : first - 1;
            if (last < 0 || !isMath(last) || !word && !before.endsWith(",")) break;
            Span earlier = endingAt(last);
            if (!hasRelation(formula(earlier.first(), last))) break;
            first = earlier.first();
        }
        return first;
    }

    private static boolean hasRelation(String formula) {
        return formula.chars().anyMatch(c -> RELATIONS.indexOf(c) >= 0);
    }

    /** Whether a formula ends with this word: at a comma only where no bracket is open. */
    private static boolean ends(String word, boolean bracketed) {
        char mark = word.charAt(word.length() - 1);
        return ".;:?".indexOf(mark) >= 0 || mark == ',' && !bracketed;
    }

    /** Brackets that a word opens, less those that it closes. */
    private static int brackets(String word) {
        int open = 0;
        for (char c : word.toCharArray()) {
            if ("([{".indexOf(c) >= 0) open++;
            if (")]}".indexOf(c) >= 0) open--;
        }
        return open;
    }

    /** The text of words, without signs that begin or end nothing. */
    private String formula(int first, int last) {
        int from = starts.get(first);
        int to = starts.get(last) + words.get(last).length();
        while (to > from && ".,;:?!*`= ".indexOf(text.charAt(to - 1)) >= 0) to--;
        while (from < to && "*`=+:,. ".indexOf(text.charAt(from)) >= 0) from++;
        String formula = text.substring(from, to);
        return formula.startsWith("- ") ? formula.substring(2).strip() : formula;
    }

    private static boolean isMore(String formula) {
        return formula.chars().anyMatch(c -> STRUCTURE.indexOf(c) >= 0 || Character.isLetter(c));
    }

    private boolean isMath(int index) {
        String word = words.get(index);
        if (NO_FORMULA.matcher(word).matches() && !isOperand(index)) return false;
        boolean more = false;
        for (char c : word.toCharArray()) {
            boolean digit = c >= '0' && c <= '9';
            if (!digit && !isLatin(c) && SIGNS.indexOf(c) < 0) return false;
            more |= digit || OPERATORS.indexOf(c) >= 0 || c == '(' || c == '\\';
        }
        Matcher letters = LETTERS.matcher(word);
        while (letters.find()) {
            boolean variables =
                    letters.group().length() == 1 || more && letters.group().length() <= 3;
            if (!variables && !NAMES.matcher(letters.group()).matches()) return false;
        }
        return word.length() > 1 || !isLatin(word.charAt(0)) || isOperand(index);
    }

    private static boolean isLatin(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    /** Whether an operator stands before or behind a word, or it is the x between two numbers. */
    private boolean isOperand(int index) {
        String word = words.get(index);
        if (word.length() > 2) return false;
        String before = index > 0 ? words.get(index - 1) : "";
        String next = index + 1 < words.size() && word.length() == 1 ? words.get(index + 1) : "";
        boolean times = word.equals("x") && number(before) && number(next);
        return times || endsWithOperator(before) || !next.isEmpty() && (OPERATORS + "\\").indexOf(next.charAt(0)) >= 0;
    }

    private static boolean endsWithOperator(String word) {
        return !word.isEmpty() && OPERATORS.indexOf(word.charAt(word.length() - 1)) >= 0;
    }
}
