package dev.thirteen.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.statistics.McNemar;
import java.util.List;
import org.junit.jupiter.api.Test;

class TablesTest {
    private static Outcome right() {
        return new Outcome(new Verdict.Correct("1"), new Verdict.Correct("1"), false, 10);
    }

    private static Outcome wrong(String answer) {
        return new Outcome(new Verdict.Incorrect(answer), new Verdict.Correct("1"), true, 20);
    }

    private static Outcome silent() {
        return new Outcome(new Verdict.Unparsable(""), new Verdict.Unparsable(""), false, 0);
    }

    private static Cells cells(Outcome[]... problems) {
        Cells cells = new Cells(problems.length, problems[0].length);
        for (int i = 0; i < problems.length; i++) {
            for (int j = 0; j < problems[i].length; j++) {
                if (problems[i][j] != null) cells.put(i, j, problems[i][j]);
            }
        }
        return cells;
    }

    @Test
    void aRowCountsWhatIsWrongWithAnswersApart() {
        RowSummary row = RowSummary.of(cells(
                new Outcome[] {right(), wrong("2")},
                new Outcome[] {silent(), silent()},
                new Outcome[] {new Outcome(new Verdict.TimedOut("x"), new Verdict.Unparsable("x"), false, 6), null}));

        assertThat(row.problems()).isEqualTo(3);
        assertThat(row.answers()).isEqualTo(5);
        assertThat(row.right()).isEqualTo(1);
        assertThat(row.flexible()).isEqualTo(0.4);
        assertThat(row.unparsable()).isEqualTo(2);
        assertThat(row.silent()).isEqualTo(2);
        assertThat(row.timedOut()).isEqualTo(1);
        assertThat(row.truncated()).isEqualTo(1);
        assertThat(row.meanTokens()).isCloseTo(36 / 5.0, within(1e-12));
        // Residuals of the clusters by hand: 1 - 2/5, 0 - 2/5, 0 - 1/5.
        assertThat(row.standardError()).isCloseTo(Math.sqrt(0.36 + 0.16 + 0.04) / 5, within(1e-12));
    }

    @Test
    void pairsWithOneAnswerAreMcNemarsAndSharesAreTheSignTest() {
        Cells own = cells(new Outcome[] {right()}, new Outcome[] {right()}, new Outcome[] {wrong("2")});
        Cells base = cells(new Outcome[] {wrong("2")}, new Outcome[] {right()}, new Outcome[] {null});
        Comparison compared = Comparison.of(own, base, 1);

        assertThat(compared.won()).isEqualTo(1);
        assertThat(compared.lost()).isZero();
        assertThat(compared.pValue()).isEqualTo(McNemar.twoSidedExact(1, 0));
        assertThat(compared.difference()).isEqualTo(0.5);
        assertThat(compared.low()).isZero();
        assertThat(compared.high()).isEqualTo(1);
    }

    /** Four answers: 1, 1 right, 2 and 3 wrong. By hand over the six pairs: pass@2 5/6, pass^2 1/6, maj@2 (1 + 4/2)/6. */
    @Test
    void estimatesAreNamedAndAveragedOverCompleteProblems() {
        Cells cells = cells(
                new Outcome[] {right(), right(), wrong("2"), wrong("3")},
                new Outcome[] {right(), right(), right(), null});
        List<Estimate> estimates = Estimate.of(cells, 0);

        assertThat(estimates).extracting(Estimate::name).startsWith("pass@2", "pass^2", "maj@2", "G-Pass@2(0.5)");
        assertThat(estimates.get(0).value()).isCloseTo(5 / 6.0, within(1e-12));
        assertThat(estimates.get(1).value()).isCloseTo(1 / 6.0, within(1e-12));
        assertThat(estimates.get(2).value()).isCloseTo(0.5, within(1e-12));
        assertThat(Estimate.of(cells(new Outcome[] {right()}), 0)).isEmpty();
    }

    @Test
    void wrongAnswersThatReadAlikeAreOneParty() {
        List<Outcome> answers = List.of(right(), wrong("\\left( 3, 4\\right)"), wrong("$(3,4)$."), silent());

        // Of the two wrong ones together with the right one, the wrong party wins; of all four answers it does so
        // always.
        assertThat(Estimate.vote(answers).of(4, 0).value()).isZero();
    }
}
