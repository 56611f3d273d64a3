package dev.thirteen.verifier;

import dev.thirteen.core.answer.AnswerSearch;
import dev.thirteen.core.answer.Candidate;
import dev.thirteen.core.answer.Candidate.Mark;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Parser;
import java.util.List;
import java.util.Optional;

/**
 * A right answer as read.
 *
 * @param text the part of the label that is the answer
 * @param readings what it may mean; empty when it is only text
 * @param letter its letter, when it is one of multiple choice
 */
record Label(String text, List<Expression> readings, Optional<String> letter) {
    static Label of(String gold, boolean choice) {
        String text = gold;
        List<Expression> readings = List.of();
        for (Candidate candidate : AnswerSearch.inAnswer(gold)) {
            if (candidate.mark() != Mark.WHOLE && candidate.mark() != Mark.BOX && gold.length() < 40) break;
            List<Expression> found = Parser.readings(candidate.text());
            if (found.isEmpty()) continue;
            text = candidate.text();
            readings = found;
            break;
        }
        Optional<String> letter =
                choice ? Choices.chosen(gold) : Choices.leading(text).filter(_ -> isChoice(gold));
        return new Label(text, readings, letter);
    }

    boolean isWords() {
        return readings.isEmpty() || readings.getFirst() instanceof Words;
    }

    /** "C", "(C)", "\text{C}" or "(D) Alina". */
    private static boolean isChoice(String gold) {
        String plain =
                gold.replaceAll("\\\\(text|mathrm|textbf|boxed|mbox)", "").replaceAll("[${}\\\\().\\s]", "");
        return plain.length() == 1 || gold.strip().matches("\\([A-Z]\\) .{0,80}");
    }
}
