package dev.thirteen.core.answer;

import dev.thirteen.core.answer.Candidate.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what may be the answer of a text, the most explicit first: who compares takes the first that can be read. Every
 * step takes time linear in the text.
 */
public final class AnswerSearch {
    private static final String REASONED = "</think>";
    /** Characters of the end in which an answer is looked for; no model's answer stands before it. */
    private static final int LONGEST = 100_000;

    private static final String TAG = "<answer>";
    private static final String TAG_END = "</answer>";
    private static final String HASH = "####";
    /** The letter before an answer: {@code \\textbf{(B)}\\ 12}. */
    private static final Pattern CHOICE = Pattern.compile(
            "\\s*+(?:\\\\(?:text|textbf|mathrm|mathbf)\\{)?\\(?[A-Z]\\)\\}?(?:\\\\ |\\\\[,;:]|\\\\quad|[\\s~:.])++");

    /** A box with a sentence: {@code \\text{There are 4 solutions}}. */
    private static final Pattern SENTENCE = Pattern.compile("\\s*+\\\\(?:text|mathrm|mbox)\\{([^{}]*+)\\}\\s*+");

    /** Words in a box before its answer: {@code \\text{The value is } 9}. */
    private static final Pattern SAID =
            Pattern.compile("\\s*+\\\\(?:text|mathrm|mbox)\\{[^{}]*?(?:\\b(?:is|are)|[=:])\\s*\\}");

    /** A number with its unit: {@code $1,200 dollars}, {@code 6 apples}. */
    private static final Pattern AMOUNT =
            Pattern.compile("\\s*+[$\u20ac\u00a3]?-?\\d[\\d.,/]*+\\s*+\\p{L}++\\s*+[.!]?\\s*+");

    private AnswerSearch() {}

    /**
     * Candidates of a whole completion. What stands before the end of a reasoning block counts only when nothing stands
     * after it.
     */
    public static List<Candidate> inCompletion(String text) {
        Optional<String> conclusion = afterReasoning(text);
        if (conclusion.isEmpty()) return tagged(text);
        boolean silent = conclusion.get().isBlank();
        return tagged(silent ? text.substring(0, text.lastIndexOf(REASONED)) : conclusion.get());
    }

    /** Candidates behind the reasoning block alone; none when it has no end. */
    public static List<Candidate> afterThinking(String text) {
        return afterReasoning(text).map(AnswerSearch::tagged).orElse(List.of());
    }

    /** A short text as its own answer; empty when it has marks that say where in it the answer is. */
    public static Optional<Candidate> whole(String text) {
        boolean marked = text.contains("boxed") || text.contains(REASONED);
        return marked ? Optional.empty() : Optional.of(Candidate.of(text, Mark.WHOLE));
    }

    /** What comes after the reasoning; empty when none ends. */
    private static Optional<String> afterReasoning(String text) {
        int end = text.lastIndexOf(REASONED);
        return end < 0 ? Optional.empty() : Optional.of(text.substring(end + REASONED.length()));
    }

    /** Where tags say what the answer is, nothing outside of them is. */
    private static List<Candidate> tagged(String text) {
        int end = text.length();
        if (end > LONGEST) return tagged(text.substring(end - LONGEST));
        int open = text.lastIndexOf(TAG);
        int close = open < 0 ? -1 : text.indexOf(TAG_END, open);
        String content = close < 0 ? "" : text.substring(open + TAG.length(), close);
        if (content.isBlank()) return marked(text);
        List<Candidate> found = new ArrayList<>();
        if (!content.contains("\\boxed")) found.add(Candidate.of(content, Mark.TAG));
        found.addAll(marked(content));
        return found;
    }

    private static List<Candidate> marked(String text) {
        List<Candidate> found = new ArrayList<>();
        List<BoxScan.Box> boxes = BoxScan.boxes(text);
        int lastBox = boxes.isEmpty() ? -1 : boxes.getLast().end();
        Optional<Phrases.Phrase> phrase = Phrases.last(text);
        String said = phrase.map(Phrases.Phrase::said).orElse("");
        boolean later = phrase.isPresent() && phrase.get().start() > lastBox && !said.contains("\\boxed");
        if (later) found.add(Candidate.of(said, Mark.PHRASE));
        boxes(boxes, text, found);
        hashed(text).ifPresent(found::add);
        if (phrase.isPresent() && !said.contains("\\boxed")) {
            for (String part : Phrases.parts(said)) found.add(Candidate.of(part, Mark.PHRASE));
        }
        unmarked(Clauses.unchecked(text), found);
        found.removeIf(candidate -> candidate.text().isEmpty());
        return found;
    }

    /** What may be the answer where nothing says so. */
    private static void unmarked(String text, List<Candidate> found) {
        found.addAll(Clauses.said(text));
        Formulas formulas = Formulas.of(text);
        formulas.last().ifPresent(found::add);
        found.addAll(PlainFormulas.last(formulas.rest()));
        NumberScan.lastOrMixed(text).ifPresent(number -> found.add(Candidate.of(number, Mark.NUMBER)));
    }

    /** The last box, and before it the boxes that stand together with it as one answer. */
    private static void boxes(List<BoxScan.Box> boxes, String text, List<Candidate> found) {
        if (boxes.isEmpty()) return;
        int first = boxes.size() - 1;
        while (first > 0
                && together(text, boxes.get(first - 1).end(), boxes.get(first).start())) first--;
        if (first < boxes.size() - 1) {
            StringBuilder joined = new StringBuilder();
            for (BoxScan.Box box : boxes.subList(first, boxes.size())) {
                joined.append(joined.isEmpty() ? "" : ", ").append(box.content());
            }
            found.add(new Candidate(joined.toString(), Mark.BOX, true));
        }
        String content = boxes.getLast().content();
        Phrases.last(content).ifPresent(phrase -> found.add(alternative(phrase.said())));
        Matcher said = SAID.matcher(content);
        if (said.lookingAt()) found.add(alternative(content.substring(said.end())));
        Matcher choice = CHOICE.matcher(content);
        if (choice.lookingAt()) found.add(alternative(content.substring(choice.end())));
        Matcher sentence = SENTENCE.matcher(content);
        if (sentence.matches()) {
            String words = sentence.group(1);
            NumberScan.only(words).ifPresent(number -> found.add(alternative(number)));
        }
        found.add(Candidate.of(content, Mark.BOX));
    }

    /** Another reading of a box. */
    private static Candidate alternative(String text) {
        String plain = text.strip();
        return new Candidate(plain.startsWith("}") ? plain.substring(1).strip() : plain, Mark.BOX, true);
    }

    /** Whether what stands between two boxes only joins them. */
    private static boolean together(String text, int from, int to) {
        if (to - from > 60) return false;
        String between = text.substring(from, to);
        return !between.contains("\n\n") && !between.contains(". ") && !between.contains("=>");
    }

    /** What the last {@code ####} marks. It is a Markdown heading as well ("#### Step 2: ..."), which is passed over. */
    private static Optional<Candidate> hashed(String text) {
        for (int mark = text.lastIndexOf(HASH); mark >= 0; mark = text.lastIndexOf(HASH, mark - 1)) {
            int end = text.indexOf('\n', mark);
            String rest = text.substring(mark + HASH.length(), end < 0 ? text.length() : end);
            if (!isHeading(rest)) return Optional.of(Candidate.of(rest, Mark.HASH));
        }
        return Optional.empty();
    }

    /** A heading has words; an amount has one, behind its number. */
    private static boolean isHeading(String line) {
        boolean words = line.chars().filter(Character::isLetter).count() > 3 && line.indexOf('\\') < 0;
        return words && !AMOUNT.matcher(line).matches();
    }
}
