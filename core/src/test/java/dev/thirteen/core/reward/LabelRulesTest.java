package dev.thirteen.core.reward;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.reward.TermKind.Comparison;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelRulesTest {
    private static final Comparison NUMERIC = new Comparison("numeric", "boxed");

    private static void check(TermKind kind, String answer, String wrong) {
        RewardSpec reward = new RewardSpec(List.of(new RewardTerm("mine", 1, false, kind)));
        LabelRules.check(List.of(new Problem("p7", "?", answer, wrong)), reward);
    }

    private static void refused(TermKind kind, String answer, String wrong, String message) {
        assertThatThrownBy(() -> check(kind, answer, wrong)).hasMessage("problem 'p7', under term mine: " + message);
    }

    @Test
    void whatATermCannotUseIsSaidWithProblemAndTerm() {
        refused(new TermKind.Answer(NUMERIC), "three", "", "the right answer is no number: three");
        refused(new TermKind.Choice(), "Alice", "", "the right answer names no letter from A to Z: Alice");
        refused(new TermKind.Choice(), "b", "", "the right answer names no letter from A to Z: b");
        refused(new TermKind.Closeness("boxed", 0.1), "x", "", "the right answer is no number: x");
        refused(
                new TermKind.Code("block", 1_000, 512),
                "# none\npass\n",
                "",
                "the tests of a program test nothing: # none\npass\n");
        refused(new TermKind.WrongLabel(NUMERIC), "3", "four", "wrong_answer: the answer is no number: four");
    }

    @Test
    void whatTermsCanUsePasses() {
        assertThatCode(() -> {
                    check(new TermKind.Answer(NUMERIC), "3", "");
                    check(new TermKind.Choice(), "(C) Cecile", "");
                    check(new TermKind.Choice(), "\\text{B}", "");
                    check(new TermKind.Code("block", 1_000, 512), "assert twice(2) == 4", "");
                    check(new TermKind.WrongLabel(NUMERIC), "3", "4");
                    check(new TermKind.Length(1, 2), "anything", "");
                })
                .doesNotThrowAnyException();
    }
}
