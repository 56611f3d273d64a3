package dev.thirteen.verifier;

import dev.thirteen.core.answer.AnswerSearch;
import dev.thirteen.core.answer.Candidate;
import dev.thirteen.core.answer.Candidate.Mark;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Parser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A right answer as read.
 *
 * @param text the part of the label that is the answer
 * @param readings what it may mean; empty when it is only text
 * @param letter its letter, when it is one of multiple choice
 */
record Label(String text, List<Expression> readings, Optional<String> letter) {
    private static final int MAX_CHOICE = 100;
    private static final Pattern LETTERED = Pattern.compile(
            "\\$?(?:\\\\(?:text|textbf|mathrm|mathbf)\\{)?\\([A-Z]\\)\\}?(?:\\\\ |~|\\\\quad|\\s)(.{0,80})");

    static Label of(String gold, boolean choice) {
        Optional<Label> whole = AnswerSearch.whole(gold).map(Candidate::text).flatMap(text -> read(text, gold, choice));
        if (whole.isPresent()) return whole.get();
        for (Candidate candidate : AnswerSearch.inCompletion(gold)) {
            if (candidate.mark() != Mark.BOX && !isProse(gold)) break;
            Optional<Label> label = read(candidate.text(), gold, choice);
            if (label.isPresent()) return label.get();
        }
        return new Label(gold, List.of(), letter(gold, gold, choice));
    }

    private static Optional<Label> read(String text, String gold, boolean choice) {
        List<Expression> readings = new ArrayList<>(Parser.readings(text));
        Matcher lettered = LETTERED.matcher(text.strip());
        if (lettered.matches()) readings.addAll(Parser.readings(lettered.group(1)));
        return readings.isEmpty()
                ? Optional.empty()
                : Optional.of(new Label(text, List.copyOf(readings), letter(text, gold, choice)));
    }

    private static Optional<String> letter(String text, String gold, boolean choice) {
        if (choice) return Choices.chosen(gold);
        boolean short1 = gold.length() <= MAX_CHOICE && gold.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
        return short1 ? Choices.leading(text).filter(_ -> isChoice(gold)) : Optional.empty();
    }

    boolean isWords() {
        return readings.isEmpty()
                || readings.getFirst() instanceof Words
                || readings.getFirst() instanceof Listing(List<Expression> items)
                        && items.stream().allMatch(Words.class::isInstance);
    }

    /** "C", "(C)", "\text{C}", "(D) Alina" or "\textbf{(D)}\ 12". */
    private static boolean isChoice(String gold) {
        String plain =
                gold.replaceAll("\\\\(text|mathrm|textbf|boxed|mbox)", "").replaceAll("[${}\\\\().\\s]", "");
        return plain.length() == 1 || LETTERED.matcher(gold.strip()).matches();
    }

    /** Whether a label is a text in which the answer has to be found. */
    private static boolean isProse(String gold) {
        return gold.length() >= 40 && gold.chars().filter(c -> c == ' ').count() * 10 >= gold.length();
    }
}
