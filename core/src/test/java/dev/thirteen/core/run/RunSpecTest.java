package dev.thirteen.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.grpo.Aggregation;
import dev.thirteen.core.run.RunSpec.DataSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSpecTest {
    private static final RunSpec GOOD = new RunSpec(
            "demo",
            new RunSpec.Base("tiny-arithmetic", ""),
            new DataSource.Generator("arithmetic", "rl", 1),
            new RunSpec.Prompt("", "{question}=", false),
            new RunSpec.Reward("numeric", "hash"),
            new RunSpec.AdapterShape(2, 13, Tying.ALL, 0, SigmaForm.SQRT, 42, ValueType.BF16),
            new RunSpec.Algorithm("grpo", 0.2, 0.2, Aggregation.TOKEN_MEAN, 2),
            new RunSpec.Sampling(1, 48, 7),
            new RunSpec.Optimizer(0.01, 0.9, 0.999, 1e-8, 0, 1),
            new RunSpec.Schedule(60, 24, 8, 0, 0, true, 0),
            new RunSpec.Evaluation(new DataSource.Generator("arithmetic", "test", 1), 1024));

    @Test
    void aSpecWithoutProblemsGivesItsTypedParts() {
        assertThat(GOOD.validate()).isSameAs(GOOD);
        assertThat(GOOD.tinyLora().tieSize()).isEqualTo(1);
        assertThat(GOOD.samplingParameters().filtered()).isFalse();
        assertThat(GOOD.objective().importanceCap()).isEqualTo(2);
        assertThat(GOOD.adamW().learningRate()).isEqualTo(0.01);
        assertThat(GOOD.limits(5).requestedSteps(0)).isEqualTo(1);
    }

    @Test
    void everyBadFieldIsNamedInOneAnswer() {
        RunSpec bad = new RunSpec(
                "Demo!",
                new RunSpec.Base(" ", "md5:1"),
                new DataSource.Generator("algebra", "test", 1),
                new RunSpec.Prompt("You are", "no place", false),
                new RunSpec.Reward("vibes", "none"),
                new RunSpec.AdapterShape(0, 0, Tying.TILED, 0, null, 42, null),
                new RunSpec.Algorithm("ppo", -1, Double.NaN, null, 0.5),
                new RunSpec.Sampling(0, 0.9f, 40, 0.1f, 1.1f, Map.of(5, 1f), List.of("x"), 0, 7),
                new RunSpec.Optimizer(0, 1, -1, 0, -1, -1),
                new RunSpec.Schedule(0, 0, 1, -1, -1, true, -1),
                new RunSpec.Evaluation(new DataSource.Blob("x"), -1));

        assertThat(bad.problems())
                .extracting(FieldProblem::path)
                .containsExactly(
                        "name",
                        "base-model.folder",
                        "base-model.digest",
                        "data-set.generator.name",
                        "data-set.generator.split",
                        "prompt.user",
                        "prompt.system",
                        "reward.scorer",
                        "reward.extraction",
                        "adapter.rank",
                        "adapter.u",
                        "adapter.n-tie",
                        "adapter.sigma-form",
                        "adapter.value-type",
                        "algorithm.name",
                        "algorithm.clip-low",
                        "algorithm.clip-high",
                        "algorithm.aggregation",
                        "algorithm.importance-cap",
                        "sampling.temperature",
                        "sampling.top-p",
                        "sampling.top-k",
                        "sampling.min-p",
                        "sampling.repetition-penalty",
                        "sampling.logit-bias",
                        "sampling.stop",
                        "sampling.max-tokens",
                        "optimizer.learning-rate",
                        "optimizer.beta1",
                        "optimizer.beta2",
                        "optimizer.epsilon",
                        "optimizer.weight-decay",
                        "optimizer.max-grad-norm",
                        "steps",
                        "groups-per-step",
                        "samples-per-group",
                        "max-staleness",
                        "micro-batch-tokens",
                        "group-deadline-ms",
                        "evaluation.problems",
                        "evaluation.data-set.blob-digest");
        assertThatThrownBy(bad::validate)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.fields()).hasSize(41));
    }

    @Test
    void staleSamplesNeedAnOffPolicyWeight() {
        RunSpec.Algorithm unweighted = new RunSpec.Algorithm("grpo", 0.2, 0.2, Aggregation.TOKEN_MEAN, 0);
        assertThat(with(unweighted, GOOD.sampling(), staleBy(0)).problems()).isEmpty();
        assertThat(with(GOOD.algorithm(), GOOD.sampling(), staleBy(1)).problems())
                .isEmpty();
        assertThat(with(unweighted, GOOD.sampling(), staleBy(1)).problems())
                .containsExactly(new FieldProblem(
                        "algorithm.importance-cap",
                        "must be 1 to 1000 when max-staleness is above 0: with 0 nothing corrects samples of an older"
                                + " policy"));
    }

    @Test
    void aGroupMustFitIntoOneRecord() {
        // 8 samples a group.
        assertThat(with(GOOD.algorithm(), tokens(16_384), staleBy(0)).problems())
                .isEmpty();
        assertThat(with(GOOD.algorithm(), tokens(16_385), staleBy(0)).problems())
                .containsExactly(new FieldProblem(
                        "sampling.max-tokens",
                        "times samples-per-group is 131080 tokens a group; at most 131072 fit into one record"));
    }

    private static RunSpec.Schedule staleBy(int steps) {
        return new RunSpec.Schedule(60, 24, 8, steps, 0, true, 0);
    }

    private static RunSpec.Sampling tokens(int most) {
        return new RunSpec.Sampling(1, most, 7);
    }

    private static RunSpec with(RunSpec.Algorithm algorithm, RunSpec.Sampling sampling, RunSpec.Schedule schedule) {
        return with(algorithm, sampling, schedule, GOOD.evaluation());
    }

    private static RunSpec with(
            RunSpec.Algorithm algorithm,
            RunSpec.Sampling sampling,
            RunSpec.Schedule schedule,
            RunSpec.Evaluation evaluation) {
        return new RunSpec(
                GOOD.name(),
                GOOD.base(),
                GOOD.data(),
                GOOD.prompt(),
                GOOD.reward(),
                GOOD.adapter(),
                algorithm,
                sampling,
                GOOD.optimizer(),
                schedule,
                evaluation);
    }

    @Test
    void evaluationOnTheTrainingProblemsIsRefusedWhateverTheSeed() {
        RunSpec.Evaluation same = new RunSpec.Evaluation(new DataSource.Generator("arithmetic", "rl", 99), 10);
        RunSpec spec = with(GOOD.algorithm(), GOOD.sampling(), GOOD.schedule(), same);
        assertThat(spec.problems())
                .containsExactly(new FieldProblem(
                        "evaluation.data-set", "must be held out: the run trains on these very problems"));
    }
}
