package dev.thirteen.verifier;

import dev.thirteen.core.answer.AnswerSearch;
import dev.thirteen.core.answer.Candidate;
import dev.thirteen.core.answer.Candidate.Mark;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.Question.Form;
import dev.thirteen.verifier.equality.Equality;
import dev.thirteen.verifier.value.Algebra;
import dev.thirteen.verifier.value.Work;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Compares predictions with labels. Safe for use by many threads; a comparison does no more work than its limit allows. */
public final class Verifier {
    private static final System.Logger LOG = System.getLogger(Verifier.class.getName());

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

    /**
     * The verdict on a prediction. One that this class cannot deal with by a mistake of its own is unparsable, and told: it ends
     * no step and no evaluation.
     */
    public Verification verify(String gold, String prediction, Question question) {
        try {
            return compared(gold, prediction, question);
        } catch (Failure known) {
            throw known;
        } catch (RuntimeException mistake) {
            LOG.log(System.Logger.Level.WARNING, "cannot compare '" + prediction + "' with '" + gold + "'", mistake);
            return new Verification(new Verdict.Unparsable(""), true);
        }
    }

    /** What {@link #verify} says, with mistakes as they are. */
    Verification compared(String gold, String prediction, Question question) {
        Work work = Work.of(limit);
        String extracted = "";
        try {
            Label label = Label.of(gold, question.choice());
            Judgement judgement = new Judgement(label, new Equality(question.rules(), algebra, work));
            Optional<Candidate> whole = whole(prediction, question);
            if (whole.isPresent()) {
                extracted = whole.get().text();
                Optional<Verification> found = judgement.of(whole.stream().toList());
                if (found.isPresent() && (label.letter().isEmpty() || isCorrect(found.get()))) return found.get();
            }
            List<Candidate> candidates = candidates(prediction, question);
            if (!candidates.isEmpty()) extracted = candidates.getFirst().text();
            Optional<Verification> chosen = choice(label, prediction, candidates, question);
            if (chosen.isPresent()) return chosen.get();
            Verdict.Unparsable unparsable = new Verdict.Unparsable(extracted);
            return judgement.of(candidates).orElseGet(() -> new Verification(unparsable, false));
        } catch (Work.Exhausted _) {
            return new Verification(new Verdict.TimedOut(extracted), true);
        } catch (StackOverflowError _) { // depth is bounded, but the caller's stack may be small
            return new Verification(new Verdict.Unparsable(extracted), true);
        }
    }

    private static boolean isCorrect(Verification verification) {
        return verification.verdict() instanceof Verdict.Correct;
    }

    private static Optional<Candidate> whole(String prediction, Question question) {
        boolean answer = question.form() == Form.ANSWER && !question.afterReasoningOnly();
        return answer ? AnswerSearch.whole(prediction) : Optional.empty();
    }

    private static List<Candidate> candidates(String prediction, Question question) {
        if (question.afterReasoningOnly()) return AnswerSearch.afterThinking(prediction);
        List<Candidate> all = AnswerSearch.inCompletion(prediction);
        return question.lastBoxOnly()
                ? all.stream().filter(candidate -> !candidate.alternative()).toList()
                : all;
    }

    private static Optional<Verification> choice(
            Label label, String prediction, List<Candidate> candidates, Question question) {
        if (label.letter().isEmpty()) return Optional.empty();
        String right = label.letter().get();
        Optional<String> small = Choices.small(prediction);
        if (small.isPresent())
            return small.map(letter -> new Verification(verdict(letter, letter.equals(right)), true));
        if (!question.choice() && hasBox(candidates)) {
            return box(candidates)
                    .flatMap(Choices::bracketed)
                    .map(letter -> new Verification(verdict(letter, letter.equals(right)), true));
        }
        return letter(prediction, candidates)
                .map(letter -> new Verification(verdict(letter, letter.equals(right)), true));
    }

    private static Verdict verdict(String extracted, boolean right) {
        return right ? new Verdict.Correct(extracted) : new Verdict.Incorrect(extracted);
    }

    /** The content of the last box, in its plain reading. */
    private static Optional<String> box(List<Candidate> candidates) {
        return candidates.stream()
                .filter(candidate -> candidate.mark() == Mark.BOX && !candidate.alternative())
                .map(Candidate::text)
                .findFirst();
    }

    private static boolean hasBox(List<Candidate> candidates) {
        return !candidates.isEmpty() && candidates.getFirst().mark() == Mark.BOX;
    }

    private static Optional<String> letter(String prediction, List<Candidate> candidates) {
        for (Candidate candidate : candidates) {
            if (candidate.mark() != Mark.BOX) continue;
            return Choices.leading(candidate.text());
        }
        return Choices.chosen(prediction);
    }
}
