package dev.thirteen.verifier;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Judge;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.equality.Rules;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import java.time.Duration;

/** Judges completions by any scorer that a run file may name. Safe for use by many threads. */
public final class Scoring {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private static final Question CHOICE = new Question(Question.Form.COMPLETION, Rules.DEFAULT, true, false, false);
    private static final Question ANSWER = new Question(Question.Form.ANSWER, Rules.MATHEMATICIAN, false, false, false);
    private static final Question COMPLETION =
            new Question(Question.Form.COMPLETION, Rules.MATHEMATICIAN, false, false, false);

    private final Verifier verifier;

    public Scoring(Verifier verifier) {
        this.verifier = verifier;
    }

    /** The one that a process shares: its process of symbolic algebra starts when it is needed first, and ends with this one. */
    public static Scoring shared() {
        return Shared.SCORING;
    }

    /** Made on first use. */
    private static final class Shared {
        private static final Scoring SCORING = new Scoring(new Verifier(new SymbolicWorkers(1, LIMIT), LIMIT));
    }

    /**
     * The verdict on a completion. The scorer math finds answers by itself under the extraction auto.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER when the scorer cannot read the right answer; OUTSIDE when the comparison
     *     had no processor or no process to run on, so that there is no verdict and the same call may go through later
     */
    public Verdict judge(String completion, String answer, Extraction extraction, Scorer scorer) {
        return switch (scorer) {
            case EXACT, NUMERIC -> Judge.judge(completion, answer, extraction, scorer);
            case MATH -> mathematical(completion, answer, extraction);
        };
    }

    /** Whether a right answer can be read as mathematics; any other is compared as text. */
    public static boolean isMathematics(String answer) {
        return !Label.of(answer, false).readings().isEmpty();
    }

    /** The verdict on the letter that a completion chooses. */
    public Verdict choose(String completion, String answer) {
        return verifier.verify(answer, completion, CHOICE).verdict();
    }

    private Verdict mathematical(String completion, String answer, Extraction extraction) {
        if (extraction == Extraction.AUTO) {
            return verifier.verify(answer, completion, COMPLETION).verdict();
        }
        return extraction
                .from(completion)
                .map(extracted -> verifier.verify(answer, extracted, ANSWER).verdict())
                .orElseGet(() -> new Verdict.Unparsable(""));
    }
}
