package dev.thirteen.verifier;

import dev.thirteen.core.answer.AnswerSearch;
import dev.thirteen.core.answer.Candidate;
import dev.thirteen.core.answer.Candidate.Mark;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.Question.Form;
import dev.thirteen.verifier.equality.Equality;
import dev.thirteen.verifier.equality.Texts;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Parser;
import dev.thirteen.verifier.value.Algebra;
import dev.thirteen.verifier.value.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compares predictions with labels. Safe for use by many threads; a comparison does no more work than its limit allows. */
public final class Verifier {
    private final Algebra algebra;
    private final Duration limit;

    /**
     * A verifier.
     *
     * @param limit work of one comparison, as time of a core
     */
    public Verifier(Algebra algebra, Duration limit) {
        this.algebra = algebra;
        this.limit = limit;
    }

    /** The verdict on a prediction. */
    public Verification verify(String gold, String prediction, Question question) {
        Work work = Work.of(limit);
        List<Candidate> candidates = candidates(prediction, question);
        String extracted = candidates.isEmpty() ? "" : candidates.getFirst().text();
        try {
            return judged(Label.of(gold, question.choice()), prediction, candidates, question, work);
        } catch (Work.Exhausted _) {
            return new Verification(new Verdict.TimedOut(extracted), true);
        } catch (StackOverflowError _) { // depth is bounded, but the caller's stack may be small
            return new Verification(new Verdict.Unparsable(extracted), true);
        }
    }

    private static List<Candidate> candidates(String prediction, Question question) {
        if (question.afterReasoningOnly()) return AnswerSearch.afterThinking(prediction);
        List<Candidate> all = question.form() == Form.ANSWER
                ? AnswerSearch.inAnswer(prediction)
                : AnswerSearch.inCompletion(prediction);
        return question.lastBoxOnly()
                ? all.stream().filter(candidate -> !candidate.alternative()).toList()
                : all;
    }

    private Verification judged(
            Label label, String prediction, List<Candidate> candidates, Question question, Work work) {
        Equality equality = new Equality(question.rules(), algebra, work);
        if (label.letter().isPresent() && (question.choice() || !hasFormula(candidates))) {
            Optional<String> letter = choice(prediction, candidates);
            if (letter.isPresent()) {
                return new Verification(
                        verdict(letter.get(), letter.get().equals(label.letter().get())), true);
            }
        }
        boolean ended = false;
        String read = "";
        boolean strict = false;
        for (Candidate candidate : candidates) {
            if (ended) break;
            if (Texts.identical(label.text(), candidate.text())
                    || label.isWords() && Texts.same(label.text(), candidate.text()))
                return new Verification(
                        new Verdict.Correct(candidate.text()), candidate.mark().strict());
            List<Expression> readings = readings(candidate, label);
            if (readings.isEmpty()) continue;
            if (read.isEmpty()) {
                read = candidate.text();
                strict = candidate.mark().strict();
            }
            if (anySame(equality, label.readings(), readings)) {
                return new Verification(
                        new Verdict.Correct(candidate.text()), candidate.mark().strict());
            }
            ended = !candidate.alternative();
        }
        if (!read.isEmpty()) return new Verification(new Verdict.Incorrect(read), strict);
        return unread(candidates);
    }

    /** What is found but not understood is wrong when it is text for a label of text, and else unparsable. */
    private static Verification unread(List<Candidate> candidates) {
        return candidates.isEmpty()
                ? new Verification(new Verdict.Unparsable(""), false)
                : new Verification(
                        new Verdict.Unparsable(candidates.getFirst().text()),
                        candidates.getFirst().mark().strict());
    }

    private static Verdict verdict(String extracted, boolean right) {
        return right ? new Verdict.Correct(extracted) : new Verdict.Incorrect(extracted);
    }

    private static boolean hasFormula(List<Candidate> candidates) {
        return !candidates.isEmpty() && candidates.getFirst().mark() == Mark.BOX;
    }

    private static Optional<String> choice(String prediction, List<Candidate> candidates) {
        for (Candidate candidate : candidates) {
            if (candidate.mark() != Mark.BOX) continue;
            return Choices.leading(candidate.text());
        }
        return Choices.chosen(prediction);
    }

    private static boolean anySame(Equality equality, List<Expression> labels, List<Expression> answers) {
        for (Expression label : labels) {
            for (Expression answer : answers) {
                if (equality.same(label, answer)) return true;
            }
        }
        return false;
    }

    /** Words are read only where the label is one too, or where they stand in a box; prose is no answer. */
    private static List<Expression> readings(Candidate candidate, Label label) {
        List<Expression> readings = Parser.readings(candidate.text());
        if (label.isWords() || candidate.mark() == Mark.BOX) return readings;
        List<Expression> mathematics = new ArrayList<>();
        for (Expression reading : readings) {
            if (!Prose.isProse(reading)) mathematics.add(reading);
        }
        return mathematics;
    }
}
