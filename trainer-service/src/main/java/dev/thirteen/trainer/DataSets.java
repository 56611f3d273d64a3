package dev.thirteen.trainer;

import dev.thirteen.core.data.ArithmeticProblems;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.LabelRules;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.core.run.RunSpec.DataSource;
import dev.thirteen.kit.ProblemLines;
import jakarta.inject.Singleton;
import java.util.List;

/** The problems of a run: generated, or read from a problem file among the blobs. */
@Singleton
class DataSets {
    /** A fixed number, so that a run of more steps begins as one of fewer; most runs meet no problem twice. */
    private static final int GENERATED = 16_384;

    private final Blobs blobs;

    DataSets(Blobs blobs) {
        this.blobs = blobs;
    }

    /**
     * The training problems of a valid spec, checked against its reward; where that is a wrong answer, those that have one.
     *
     * @throws Failure CALLER naming line and key, NOT_FOUND when the file was not put
     */
    List<Problem> training(RunSpec spec) {
        if (spec.algorithm().supervised()) return problems(spec.data());
        RewardSpec reward = spec.reward().spec();
        List<Problem> problems = problems(spec.data());
        if (reward.has(TermKind.WrongLabel.class)) problems = withWrongAnswers(problems);
        // Said now, and not by a reward pod in the middle of the run.
        LabelRules.check(problems, reward);
        return problems;
    }

    private static List<Problem> withWrongAnswers(List<Problem> problems) {
        List<Problem> kept = problems.stream()
                .filter(problem -> !problem.wrongAnswer().isBlank())
                .toList();
        if (!kept.isEmpty()) return kept;
        throw new Failure(
                Failure.Kind.CALLER,
                "a reward of type wrong-label needs problems with a wrong_answer, and none of the data set has one"
                        + " (make them: bin/thirteen data wrong-labels)");
    }

    /** All problems of a source. @throws Failure CALLER naming line and key, NOT_FOUND when the file was not put */
    List<Problem> problems(DataSource data) {
        return switch (data) {
            case DataSource.Blob(String digest) -> ProblemLines.read(blobs.get(digest));
            case DataSource.Generator(String _, String split, long seed) -> generated(split, seed);
            case DataSource.None() -> throw new Failure(Failure.Kind.BUG, "a run without a data set was accepted");
        };
    }

    private static List<Problem> generated(String split, long seed) {
        return ArithmeticProblems.problems(ArithmeticSplit.named(split), seed, GENERATED);
    }
}
