package dev.thirteen.core.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1234        | 1,234",
                "1,234.0     | 1234",
                "+7          | 7",
                "-7          | \u22127",
                "007         | 7",
                "7.          | 7",
                "$5          | 5",
                "\\$5.00     | 5",
                "$7$         | 7",
                "50%         | 50",
                "50\\%       | 50",
                "0.5         | 1/2",
                ".5          | \\frac{1}{2}",
                "-\\frac{3}{6} | -0.5",
                "\\dfrac{-2}{-4} | 0.5",
                "1/3         | 2/6",
                "10{,}000    | 1e4",
                "10\\,000    | 10 000",
                "0           | -0.0",
                "1e1000      | 10e999"
            })
    void oneNumberHasManySpellings(String given, String right) {
        assertThat(Scorer.NUMERIC.verdict(given, right)).isEqualTo(new Verdict.Correct(given));
        assertThat(Scorer.NUMERIC.verdict(right, given)).isEqualTo(new Verdict.Correct(right));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1234 | 1235", "0.3333 | 1/3", "-5 | 5", "1.0000000000000000001 | 1", "50% | 0.5"})
    void numbersThatDifferAreWrong(String given, String right) {
        assertThat(Scorer.NUMERIC.verdict(given, right)).isEqualTo(new Verdict.Incorrect(given));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "five",
                "1/0",
                "\\frac{1}{0}",
                "\\frac{1}",
                "x\\frac{1}{2}",
                "\\frac12",
                "1,23",
                "--5",
                "1/2/3",
                "e5",
                "1e",
                "1e1001",
                "1e-999999999",
                "1e999999999",
                "1e99999999999999999999",
                "NaN",
                "Infinity",
                "0x10",
                "."
            })
    void whatIsNoNumberIsUnparsable(String given) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> assertThat(Scorer.NUMERIC.verdict(given, "5")).isEqualTo(new Verdict.Unparsable(given)));
    }

    @Test
    void digitStringsTooLongForAnAnswerAreUnparsable() {
        String digits = "1".repeat(201);

        assertThat(Scorer.NUMERIC.verdict(digits, "1")).isEqualTo(new Verdict.Unparsable(digits));
    }

    @Test
    void aRightAnswerThatIsNoNumberIsTheCallersProblem() {
        assertThatThrownBy(() -> Scorer.NUMERIC.verdict("5", "five".repeat(100)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessageContaining("no number: five")
                .hasMessageEndingWith("…");
    }

    @Test
    void exactComparesTextAroundWhichSpaceDoesNotCount() {
        assertThat(Judge.judge("1+1=2#2", " 2 ", Extraction.HASH, Scorer.EXACT)).isEqualTo(new Verdict.Correct("2"));
        assertThat(Judge.judge("#2.0", "2", Extraction.HASH, Scorer.EXACT)).isEqualTo(new Verdict.Incorrect("2.0"));
    }

    @Test
    void onlyRightAnswersAreRewarded() {
        assertThat(Judge.judge("#2", "2", Extraction.HASH, Scorer.NUMERIC).reward())
                .isEqualTo(1);
        assertThat(Judge.judge("#3", "2", Extraction.HASH, Scorer.NUMERIC).reward())
                .isZero();
        assertThat(Judge.judge("3", "2", Extraction.HASH, Scorer.NUMERIC)).isEqualTo(new Verdict.Unparsable(""));
        assertThat(new Verdict.Unparsable("").reward()).isZero();
        assertThat(new Verdict.TimedOut("x").reward()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\frac{1}{", "\\text{yes}}", "}{", "\\boxed{2"})
    void aRightAnswerThatWasCutOffIsNoMathematics(String answer) {
        assertThatThrownBy(() -> Scorer.MATH.check(answer))
                .isInstanceOf(Failure.class)
                .hasMessage("the right answer has braces that do not close: " + answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\frac{1}{2}", "\\left\\{ 1, 2 \\right.", "four", "]1, 2["})
    void anyOtherMayBeComparedAsText(String answer) {
        Scorer.MATH.check(answer);
    }
}
