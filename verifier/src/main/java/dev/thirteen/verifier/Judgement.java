package dev.thirteen.verifier;

import dev.thirteen.core.answer.Candidate;
import dev.thirteen.core.answer.Candidate.Mark;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.equality.Equality;
import dev.thirteen.verifier.equality.Texts;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Parser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Candidates against a label: the first that can be read is the answer. An answer that is too much to read is unparsable, and
 * no number is picked out of it.
 */
record Judgement(Label label, Equality equality) {
    /** The verdict; empty when no candidate can be read. */
    Optional<Verification> of(List<Candidate> candidates) {
        Candidate read = null;
        for (Candidate candidate : candidates) {
            if (sameText(candidate)) return Optional.of(correct(candidate));
            List<Expression> readings = readings(candidate);
            if (readings.isEmpty()) {
                if (read == null && isWhole(candidate) && Parser.isTooMuch(candidate.text()))
                    return unparsable(candidate);
                continue;
            }
            if (read == null) read = candidate;
            if (anySame(readings)) return Optional.of(correct(candidate));
            if (!candidate.alternative()) break;
        }
        if (read == null) return Optional.empty();
        return Optional.of(
                new Verification(new Verdict.Incorrect(read.text()), read.mark().strict()));
    }

    private static boolean isWhole(Candidate candidate) {
        return candidate.mark() == Mark.WHOLE || candidate.mark() == Mark.BOX && !candidate.alternative();
    }

    private static Optional<Verification> unparsable(Candidate candidate) {
        return Optional.of(new Verification(new Verdict.Unparsable(candidate.text()), true));
    }

    private boolean sameText(Candidate candidate) {
        return Texts.identical(label.text(), candidate.text())
                || label.isWords() && Texts.same(label.text(), candidate.text());
    }

    private static Verification correct(Candidate candidate) {
        return new Verification(
                new Verdict.Correct(candidate.text()), candidate.mark().strict());
    }

    private boolean anySame(List<Expression> answers) {
        for (Expression gold : label.readings()) {
            for (Expression answer : answers) {
                if (equality.same(gold, answer)) return true;
            }
        }
        return false;
    }

    /** Words are read only where the label is one too, or where they stand in a box; prose is no answer. */
    private List<Expression> readings(Candidate candidate) {
        List<Expression> readings = Parser.readings(candidate.text());
        if (label.isWords() || candidate.mark() == Mark.BOX) return readings;
        List<Expression> mathematics = new ArrayList<>();
        for (Expression reading : readings) {
            boolean known = reading instanceof Expression.Words(String text) && Texts.isKnown(text);
            if (known || !Prose.isProse(reading)) mathematics.add(reading);
        }
        return mathematics;
    }
}
