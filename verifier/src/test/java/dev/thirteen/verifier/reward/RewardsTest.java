package dev.thirteen.verifier.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.Draws;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.RewardTerm;
import dev.thirteen.core.reward.Score;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermKind.Comparison;
import dev.thirteen.core.reward.TermScore;
import dev.thirteen.verifier.Scoring;
import dev.thirteen.verifier.sandbox.ProgramEnd;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RewardsTest {
    private static final ServedVerifier LENGTHS = (_, _, completions) -> completions.stream()
            .map(completion -> TermScore.of(completion.text().length()))
            .toList();
    /** Passes what names its tests; the real one is tested beside it. */
    private static final CodeTests NAMING =
            new CodeTests(program -> program.source().contains(program.tests())
                    ? new ProgramEnd.Passed()
                    : new ProgramEnd.Failed("AssertionError"));

    private final Rewards rewards = new Rewards(Scoring.shared(), NAMING, LENGTHS);

    @Test
    void eachKindHasItsValue() {
        assertThat(values(new TermKind.Answer(new Comparison("math", "boxed")), "\\boxed{0.5}", "\\boxed{2}", "1/2"))
                .containsExactly(1.0, 0.0, 0.0);
        assertThat(values(new TermKind.Answer(new Comparison("exact", "text")), " 1/2", "0.5"))
                .containsExactly(1.0, 0.0);
        assertThat(values(new TermKind.Closeness("last-number", 0.5), "it is 0.5", "0.75", "none"))
                .containsExactly(1.0, 0.5, 0.0);
        assertThat(values(new TermKind.Pattern("(?s)<a>.*</a>"), " <a>\n</a>\n", "x<a></a>"))
                .containsExactly(1.0, 0.0);
        assertThat(values(new TermKind.Template("<a>{text}</a>"), "<a>b</a>", "<a></a>"))
                .containsExactly(1.0, 0.0);
        assertThat(values(new TermKind.Length(1, 3), "a", "bb", "ccc")).containsExactly(1.0, 0.5, 0.0);
        assertThat(values(new TermKind.FormatOnly("boxed"), "\\boxed{9}", "9")).containsExactly(1.0, 0.0);
        assertThat(values(
                        new TermKind.WrongLabel(new Comparison("math", "boxed")),
                        "\\boxed{\\frac{6}{2}}",
                        "\\boxed{0.5}"))
                .containsExactly(1.0, 0.0);
        assertThat(values(new TermKind.Service("h:1", false, 0, 0), "four", "six666"))
                .containsExactly(4.0, 6.0);
        assertThat(values(new TermKind.Code("block", 0, 0), "```\n1/2\n```", "```\n2\n```", "1/2"))
                .containsExactly(1.0, 0.0, 0.0);
        assertThat(values(new TermKind.Chance(1), "a", "b")).containsExactly(1.0, 1.0);
        assertThat(values(new TermKind.Chance(0), "a", "b")).containsExactly(0.0, 0.0);
    }

    @Test
    void theLetterOfAChoiceIsFoundInItsText() {
        RewardSpec spec = spec(new TermKind.Choice());
        List<Completion> completions = completions("The answer is (B).", "So it is \\boxed{C}", "I do not know");

        List<Score> scores = rewards.score(spec, task("B"), completions);

        assertThat(scores.stream().map(Score::reward)).containsExactly(1.0, 0.0, 0.0);
        assertThat(scores.get(1).verdict()).contains(new Verdict.Incorrect("C"));
    }

    @Test
    void aWrongAnswerIsRewardedAndTheRightOneCounted() {
        Comparison boxed = new Comparison("math", "boxed");
        RewardSpec spec = new RewardSpec(List.of(
                new RewardTerm("wrong", 1, false, new TermKind.WrongLabel(boxed)),
                new RewardTerm("answer", 0, false, new TermKind.Answer(boxed))));

        List<Score> scores = rewards.score(spec, task("1/2"), completions("\\boxed{3}", "\\boxed{0.5}"));

        assertThat(scores.stream().map(Score::reward)).containsExactly(1.0, 0.0);
        assertThat(scores.get(1).verdict()).contains(new Verdict.Correct("0.5"));
    }

    @Test
    void aVerifierThatForgetsACompletionGivesNoReward() {
        Rewards forgetful = new Rewards(Scoring.shared(), NAMING, (_, _, _) -> List.of());
        RewardSpec spec = spec(new TermKind.Service("h:1", false, 0, 0));

        assertThatThrownBy(() -> forgetful.score(spec, task("1"), completions("a")))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.OUTSIDE));
    }

    @Test
    void aHostileExpressionTakesLinearTime() {
        RewardSpec spec = spec(new TermKind.Pattern("(a*)*b"));

        assertThat(rewards.score(spec, task("1"), completions("a".repeat(20_000)))
                        .getFirst()
                        .reward())
                .isZero();
    }

    private List<Double> values(TermKind kind, String... texts) {
        return rewards.score(spec(kind), task("1/2"), completions(texts)).stream()
                .map(Score::reward)
                .toList();
    }

    private static RewardSpec spec(TermKind kind) {
        RewardSpec spec = new RewardSpec(List.of(new RewardTerm("term", 1, false, kind)));
        assertThat(spec.problems("terms")).isEmpty();
        return spec;
    }

    private static Task task(String answer) {
        return new Task("run", 0, "p", "Half of one?", answer, "3", new Draws(1, 0));
    }

    /** As many tokens as characters. */
    private static List<Completion> completions(String... texts) {
        return Stream.of(texts).map(text -> new Completion(text, text.length())).toList();
    }
}
