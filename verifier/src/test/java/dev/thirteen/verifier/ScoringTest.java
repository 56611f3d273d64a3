package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.value.Algebra;
import dev.thirteen.verifier.value.Work;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ScoringTest {
    private final Scoring scoring = new Scoring(new Verifier(Algebra.NONE, Duration.ofSeconds(1)));

    @Test
    void mathematicsComparesByMeaning() {
        assertThat(scoring.judge("so \\boxed{\\frac{2}{4}}", "0.5", Extraction.BOXED, Scorer.MATH))
                .isEqualTo(new Verdict.Correct("\\frac{2}{4}"));
        assertThat(scoring.judge("The answer is $x+1$.", "1+x", Extraction.AUTO, Scorer.MATH))
                .isInstanceOf(Verdict.Correct.class);
        assertThat(scoring.judge("so \\boxed{x-1}", "1+x", Extraction.AUTO, Scorer.MATH))
                .isEqualTo(new Verdict.Incorrect("x-1"));
    }

    @Test
    void aSetMayBeAnsweredByAnInequality() {
        assertThat(scoring.judge("so \\boxed{2 \\le x < 5}", "[2,5)", Extraction.BOXED, Scorer.MATH))
                .isInstanceOf(Verdict.Correct.class);
        assertThat(scoring.judge("The domain is $2 \\le x < 5$.", "[2,5]", Extraction.AUTO, Scorer.MATH))
                .isInstanceOf(Verdict.Incorrect.class);
    }

    /** Work that takes too long says something of the answer; a process that got no processor says nothing. */
    @Test
    void workThatTakesTooLongIsAVerdictAndOverloadIsNone() {
        Scoring slow = new Scoring(new Verifier(
                (_, _, _) -> {
                    throw new Work.Exhausted();
                },
                Duration.ofSeconds(1)));
        Scoring overloaded = new Scoring(new Verifier(
                (_, _, _) -> {
                    throw new Failure(Failure.Kind.OUTSIDE, "no processor");
                },
                Duration.ofSeconds(1)));
        String integral = "\\int_0^1 x^2 dx";

        assertThat(slow.judge(integral, "\\int_0^1 x^3 dx", Extraction.TEXT, Scorer.MATH))
                .isInstanceOf(Verdict.TimedOut.class);
        assertThatThrownBy(() -> overloaded.judge(integral, "\\int_0^1 x^3 dx", Extraction.TEXT, Scorer.MATH))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.kind().retryable()).isTrue());
    }

    @Test
    void whatIsNotFoundIsUnparsable() {
        assertThat(scoring.judge("no box", "1", Extraction.BOXED, Scorer.MATH)).isEqualTo(new Verdict.Unparsable(""));
    }

    @Test
    void otherScorersStayWhatTheyAre() {
        assertThat(scoring.judge("1/2", "0.5", Extraction.TEXT, Scorer.EXACT)).isEqualTo(new Verdict.Incorrect("1/2"));
        assertThat(scoring.judge("#0.50", "1/2", Extraction.HASH, Scorer.NUMERIC))
                .isEqualTo(new Verdict.Correct("0.50"));
    }
}
