package dev.thirteen.core.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.answer.Closeness;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.reward.TermKind.Comparison;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RewardSpecTest {
    private static final RewardTerm ANSWER = term("answer", 1, new TermKind.Answer(new Comparison("math", "boxed")));

    @Test
    void gatesMultiplyAndTheOtherTermsAreAddedByWeight() {
        RewardSpec spec = new RewardSpec(List.of(
                ANSWER,
                term("short", 0.5, new TermKind.Length(10, 20)),
                gate("form", new TermKind.Template("<think>{text}</think>{text}"))));
        TermScore right = TermScore.of(new Verdict.Correct("7"));

        assertThat(spec.problems("terms")).isEmpty();
        assertThat(spec.combine(List.of(right, TermScore.of(0.4), TermScore.of(true)))
                        .reward())
                .isEqualTo(1.2);
        assertThat(spec.combine(List.of(right, TermScore.of(0.4), TermScore.of(false)))
                        .reward())
                .isZero();
        assertThat(spec.combine(List.of(right, TermScore.of(0.4), TermScore.of(false)))
                        .verdict())
                .contains(new Verdict.Correct("7"));
    }

    @Test
    void aClosedGateGivesTheSameZeroWhateverTheSignOfTheSum() {
        RewardSpec spec = new RewardSpec(
                List.of(term("length", -1, new TermKind.Length(1, 2)), gate("form", new TermKind.Pattern("x"))));

        double reward = spec.combine(List.of(TermScore.of(1), TermScore.of(0))).reward();

        assertThat(Double.doubleToRawLongBits(reward)).isZero();
    }

    @Test
    void aTermOfWeightZeroIsReportedAndJudgesButIsNotRewarded() {
        RewardSpec spec =
                new RewardSpec(List.of(term("chance", 1, new TermKind.Chance(0.5)), term("answer", 0, ANSWER.kind())));

        Score score = spec.combine(List.of(TermScore.of(true), TermScore.of(new Verdict.Incorrect("3"))));

        assertThat(spec.problems("terms")).isEmpty();
        assertThat(score.reward()).isEqualTo(1);
        assertThat(score.verdict()).contains(new Verdict.Incorrect("3"));
    }

    @Test
    void aRewardWithoutComparisonHasNoVerdict() {
        RewardSpec spec = new RewardSpec(List.of(term("chance", 1, new TermKind.Chance(0.5))));

        assertThat(spec.combine(List.of(TermScore.of(1))).verdict()).isEqualTo(Optional.empty());
    }

    @Test
    void everyBadFieldIsNamedByItsPath() {
        RewardSpec bad = new RewardSpec(List.of(
                term("Answer", 101, new TermKind.Answer(new Comparison("vibes", "none"))),
                gate("form", new TermKind.Pattern(" ")),
                gate("form", new TermKind.Template("{text} {text}")),
                term("near", 1, new TermKind.Closeness("boxed", 0)),
                term("length", Double.NaN, new TermKind.Length(-1, 0)),
                new RewardTerm("server", 0, true, new TermKind.Service("http://x", false, -1, 11)),
                new RewardTerm("code", 1, true, new TermKind.Code("all", 1, 1)),
                term("chance", 1, new TermKind.Chance(1.1)),
                term("spurious", 1, new TermKind.FormatOnly("x")),
                term("wrong", 1, new TermKind.WrongLabel(new Comparison("x", "y"))),
                term("none", 1, new TermKind.None())));

        assertThat(bad.problems("reward.terms").stream().map(FieldProblem::path).map(path -> path.substring(13)))
                .containsExactly(
                        "0.name",
                        "0.weight",
                        "0.scorer",
                        "0.extraction",
                        "1.pattern",
                        "2.name",
                        "2.template",
                        "3.tolerance",
                        "4.weight",
                        "4.full-until",
                        "4.zero-from",
                        "5.gate",
                        "5.address",
                        "5.deadline-ms",
                        "5.retries",
                        "6.weight",
                        "6.program",
                        "6.limit-ms",
                        "6.memory-mib",
                        "7.probability",
                        "8.extraction",
                        "9.scorer",
                        "9.extraction",
                        "10.type");
    }

    @Test
    void aRewardThatCouldOnlyBeZeroIsRefused() {
        assertThat(new RewardSpec(List.of(gate("form", new TermKind.Pattern("x")))).problems("terms"))
                .extracting(FieldProblem::path)
                .containsExactly("terms");
        assertThat(new RewardSpec(List.of()).problems("terms")).hasSize(2);
    }

    @Test
    void lengthFallsInALine() {
        TermKind.Length length = new TermKind.Length(100, 200);

        assertThat(IntStream.of(0, 100, 125, 150, 200, 999).mapToDouble(length::value))
                .containsExactly(1.0, 1.0, 0.75, 0.5, 0.0, 0.0);
    }

    @Test
    void closenessFallsInALineToTheToleranceOfTheNumbersSize() {
        assertThat(Closeness.value("100", "100", 0.1)).contains(1.0);
        assertThat(Closeness.value("$105", "100", 0.1))
                .hasValueSatisfying(value -> assertThat(value).isCloseTo(0.5, within(1e-12)));
        assertThat(Closeness.value("-100", "100", 0.1)).contains(0.0);
        assertThat(Closeness.value("1/3", "0.3333333333333333333333333333", 0.1))
                .hasValueSatisfying(value -> assertThat(value).isCloseTo(1, within(1e-12)));
        assertThat(Closeness.value("0.5", "0", 1)).contains(0.5);
        assertThat(Closeness.value("1e999", "1e-999", 1)).contains(0.0);
        assertThat(Closeness.value("many", "100", 0.1)).isEmpty();
    }

    @Test
    void chanceIsTheSameForTheSameCompletionAndHasItsProbability() {
        Draws draws = new Draws(7, 1L << 40);

        long happened =
                IntStream.range(0, 20_000).filter(i -> draws.happens(i, 0, 0.3)).count();

        assertThat(happened).isBetween(5_800L, 6_200L); // 6,000 and three standard deviations
        assertThat(IntStream.range(0, 99).mapToObj(i -> new Draws(7, 1L << 40).happens(i, 0, 0.3)))
                .containsExactlyElementsOf(IntStream.range(0, 99)
                        .mapToObj(i -> draws.happens(i, 0, 0.3))
                        .toList());
        assertThat(IntStream.range(0, 99).mapToObj(i -> draws.happens(i, 1, 0.3)))
                .isNotEqualTo(IntStream.range(0, 99).mapToObj(i -> draws.happens(i, 0, 0.3)));
    }

    private static RewardTerm term(String name, double weight, TermKind kind) {
        return new RewardTerm(name, weight, false, kind);
    }

    private static RewardTerm gate(String name, TermKind kind) {
        return new RewardTerm(name, 0, true, kind);
    }
}
