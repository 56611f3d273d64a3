package dev.thirteen.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.OffPolicyWeight;
import dev.thirteen.core.grpo.TruncatedSamples;
import dev.thirteen.core.run.AlgorithmSpec.Importance;
import dev.thirteen.core.run.AlgorithmSpec.Importance.Kind;
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
            new RunSpec.TinyLoraShape(2, 13, Tying.ALL, 0, SigmaForm.SQRT, 42, ValueType.BF16, TargetModules.ALL),
            algorithm("grpo", 0.2, Kind.CAPPED, AlgorithmSpec.Kl.NONE, AlgorithmSpec.Samples.PLAIN),
            new RunSpec.Sampling(1, 48, 7),
            new RunSpec.Optimizer(0.01, 0.9, 0.999, 1e-8, 0, 1, RunSpec.Decline.NONE),
            new RunSpec.Schedule(60, 24, 8, 0, 0, true, 0),
            new RunSpec.Evaluation(new DataSource.Generator("arithmetic", "test", 1), 1024),
            "");

    @Test
    void aSpecWithoutProblemsGivesItsTypedParts() {
        assertThat(GOOD.validate()).isSameAs(GOOD);
        assertThat(GOOD.tinyLora().orElseThrow().tieSize()).isEqualTo(1);
        assertThat(GOOD.samplingParameters().filtered()).isFalse();
        assertThat(GOOD.objective().weight()).isEqualTo(new OffPolicyWeight.Capped(2));
        assertThat(GOOD.adamW(0).learningRate()).isEqualTo(0.01);
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
                new RunSpec.TinyLoraShape(0, 0, Tying.TILED, 0, null, 42, null, TargetModules.ALL),
                new AlgorithmSpec(
                        "ppo",
                        -1,
                        Double.NaN,
                        null,
                        new Importance(Kind.MASKED, 0.5, 2),
                        new AlgorithmSpec.Kl(-1, Double.NaN, KlEstimator.K1),
                        -1,
                        new AlgorithmSpec.Samples(true, 0, TruncatedSamples.SHAPE, 0, -1),
                        0),
                new RunSpec.Sampling(0, 0.9f, 40, 0.1f, 1.1f, Map.of(5, 1f), List.of("x"), 0, 7),
                new RunSpec.Optimizer(0, 1, -1, 0, -1, -1, new RunSpec.Decline(-1, null, -1)),
                new RunSpec.Schedule(0, 0, 1, -1, -1, true, -1),
                new RunSpec.Evaluation(new DataSource.Blob("x"), -1),
                "");

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
                        "algorithm.aggregation",
                        "algorithm.importance-cap",
                        "algorithm.importance-floor",
                        "algorithm.kl-in-reward",
                        "algorithm.kl-in-loss",
                        "algorithm.kl-estimator",
                        "algorithm.entropy-bonus",
                        "algorithm.max-refills",
                        "algorithm.overlong-buffer",
                        "algorithm.overlong-penalty",
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
                        "optimizer.warmup-steps",
                        "optimizer.decay",
                        "optimizer.last-learning-rate",
                        "steps",
                        "groups-per-step",
                        "max-staleness",
                        "micro-batch-tokens",
                        "group-deadline-ms",
                        "evaluation.problems",
                        "evaluation.data-set.blob-digest");
        assertThatThrownBy(bad::validate)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.fields()).hasSize(49));
    }

    @Test
    void staleSamplesNeedAnOffPolicyWeight() {
        AlgorithmSpec unweighted = algorithm("grpo", 0.2, Kind.OFF, AlgorithmSpec.Kl.NONE, AlgorithmSpec.Samples.PLAIN);
        assertThat(with(unweighted, GOOD.sampling(), staleBy(0)).problems()).isEmpty();
        assertThat(with(GOOD.algorithm(), GOOD.sampling(), staleBy(1)).problems())
                .isEmpty();
        assertThat(with(unweighted, GOOD.sampling(), staleBy(1)).problems())
                .containsExactly(new FieldProblem(
                        "algorithm.importance",
                        "must be capped, masked or uncapped when max-staleness is above 0: with off nothing corrects"
                                + " samples of an older policy"));
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

    private static RunSpec with(AlgorithmSpec algorithm, RunSpec.Sampling sampling, RunSpec.Schedule schedule) {
        return with(algorithm, sampling, schedule, GOOD.evaluation());
    }

    private static RunSpec with(
            AlgorithmSpec algorithm,
            RunSpec.Sampling sampling,
            RunSpec.Schedule schedule,
            RunSpec.Evaluation evaluation) {
        return with(algorithm, sampling, schedule, evaluation, "");
    }

    private static RunSpec with(
            AlgorithmSpec algorithm,
            RunSpec.Sampling sampling,
            RunSpec.Schedule schedule,
            RunSpec.Evaluation evaluation,
            String replayOf) {
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
                evaluation,
                replayOf);
    }

    @Test
    void targetModulesAreNamesOrOneExpression() {
        assertThat(problemsOf(TargetModules.named("q_proj", "down_proj"))).isEmpty();
        assertThat(problemsOf(TargetModules.matching(".*\\.q_proj"))).isEmpty();
        assertThat(problemsOf(TargetModules.named("q_proj", "c_attn")))
                .containsExactly("must be one of down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj,"
                        + " not 'c_attn'");
        assertThat(problemsOf(TargetModules.matching("(q_proj")))
                .containsExactly("the expression (q_proj cannot be read: Unclosed group");
        assertThat(problemsOf(new TargetModules(List.of("q_proj"), "v_proj")))
                .containsExactly("must be names or an expression, not both");
        assertThat(problemsOf(TargetModules.matching("a".repeat(1001))))
                .containsExactly("must be an expression of at most 1000 characters, not 1001");
    }

    private static List<String> problemsOf(TargetModules targets) {
        RunSpec spec = new RunSpec(
                GOOD.name(),
                GOOD.base(),
                GOOD.data(),
                GOOD.prompt(),
                GOOD.reward(),
                new RunSpec.TinyLoraShape(2, 13, Tying.ALL, 0, SigmaForm.SQRT, 42, ValueType.BF16, targets),
                GOOD.algorithm(),
                GOOD.sampling(),
                GOOD.optimizer(),
                GOOD.schedule(),
                GOOD.evaluation(),
                GOOD.replayOf());
        assertThat(spec.problems()).extracting(FieldProblem::path).allMatch("adapter.target-modules"::equals);
        return spec.problems().stream().map(FieldProblem::problem).toList();
    }

    @Test
    void aReplayAsksForNothingAndNeedsAWeight() {
        RunSpec replay = with(GOOD.algorithm(), GOOD.sampling(), GOOD.schedule(), GOOD.evaluation(), "other");
        assertThat(replay.validate().samples()).isFalse();
        assertThat(replay.limits(5).groupsPerStep()).isZero();
        assertThat(replay.limits(5).maxStaleness()).isZero();
        AlgorithmSpec off = algorithm("grpo", 0.2, Kind.OFF, AlgorithmSpec.Kl.NONE, AlgorithmSpec.Samples.PLAIN);
        assertThat(with(off, GOOD.sampling(), GOOD.schedule(), GOOD.evaluation(), "other")
                        .problems())
                .extracting(FieldProblem::path)
                .containsExactly("algorithm.importance");
        AlgorithmSpec.Samples dynamic = new AlgorithmSpec.Samples(true, 10, TruncatedSamples.SCORE, 0, 0);
        AlgorithmSpec refilled = algorithm("grpo", 0.2, Kind.CAPPED, AlgorithmSpec.Kl.NONE, dynamic);
        assertThat(with(refilled, GOOD.sampling(), GOOD.schedule(), GOOD.evaluation(), "other")
                        .problems())
                .containsExactly(new FieldProblem(
                        "algorithm.dynamic-sampling",
                        "must be false in a replay: no prompt can take the place of a recorded group"));
    }

    @Test
    void evaluationOnTheTrainingProblemsIsRefusedWhateverTheSeed() {
        RunSpec.Evaluation same = new RunSpec.Evaluation(new DataSource.Generator("arithmetic", "rl", 99), 10);
        RunSpec spec = with(GOOD.algorithm(), GOOD.sampling(), GOOD.schedule(), same);
        assertThat(spec.problems())
                .containsExactly(new FieldProblem(
                        "evaluation.data-set", "must be held out: the run trains on these very problems"));
    }

    private static AlgorithmSpec algorithm(
            String name, double clip, Kind weight, AlgorithmSpec.Kl kl, AlgorithmSpec.Samples samples) {
        Algorithm.Mean mean =
                Algorithm.named(name).map(named -> named.choices().mean()).orElse(Algorithm.Mean.TOKEN);
        return new AlgorithmSpec(name, clip, clip, mean, new Importance(weight, 2, 0.5), kl, 0, samples, 1);
    }

    @Test
    void everyAlgorithmRunsWithTheNumbersOfItsPaper() {
        for (Algorithm named : Algorithm.values()) {
            AlgorithmSpec spec = NamedAlgorithm.of(named);
            RunSpec.Schedule schedule =
                    named == Algorithm.SFT ? new RunSpec.Schedule(60, 24, 1, 0, 0, true, 0) : GOOD.schedule();
            assertThat(with(spec, GOOD.sampling(), schedule).problems())
                    .as(named.label())
                    .isEmpty();
        }
    }

    @Test
    void whatSaysSomethingAndCanHaveNoEffectIsNamed() {
        AlgorithmSpec idle = algorithm(
                "grpo",
                0.2,
                Kind.CAPPED,
                new AlgorithmSpec.Kl(0, 0, KlEstimator.K2),
                new AlgorithmSpec.Samples(false, 10, TruncatedSamples.SCORE, 8, 1));
        RunSpec spec = with(idle, GOOD.sampling(), GOOD.schedule());
        assertThat(spec.problems()).isEmpty();
        assertThat(spec.idle())
                .extracting(field -> field.path() + " " + field.problem())
                .containsExactly(
                        "algorithm.importance-floor has no meaning without importance: masked",
                        "algorithm.kl-estimator has no meaning without kl-in-loss",
                        "algorithm.max-refills has no meaning without dynamic-sampling: true",
                        "algorithm.overlong-buffer has no meaning without truncated: shape",
                        "algorithm.overlong-penalty has no meaning without truncated: shape");
        AlgorithmSpec live = algorithm(
                "dapo",
                0.2,
                Kind.MASKED,
                new AlgorithmSpec.Kl(0, 0.1, KlEstimator.K2),
                new AlgorithmSpec.Samples(true, 10, TruncatedSamples.SHAPE, 8, 1));
        assertThat(with(live, GOOD.sampling(), GOOD.schedule()).idle()).isEmpty();
    }

    private static AlgorithmSpec weighted(Kind weight, double cap) {
        AlgorithmSpec of = GOOD.algorithm();
        return new AlgorithmSpec(
                of.name(),
                of.clipLow(),
                of.clipHigh(),
                of.aggregation(),
                new Importance(weight, cap, 0),
                of.kl(),
                of.entropyBonus(),
                of.samples(),
                of.updatesPerStep());
    }

    private static List<String> idle(Kind weight, double cap) {
        return idle(with(weighted(weight, cap), GOOD.sampling(), GOOD.schedule()));
    }

    private static List<String> idle(RunSpec spec) {
        assertThat(spec.problems()).isEmpty();
        return spec.idle().stream()
                .map(field -> field.path() + " " + field.problem())
                .toList();
    }

    @Test
    void aCapOfNoWeightIsNamed() {
        assertThat(idle(Kind.OFF, 2)).containsExactly("algorithm.importance-cap has no meaning with importance: off");
        assertThat(idle(Kind.UNCAPPED, 2))
                .containsExactly("algorithm.importance-cap has no meaning with importance: uncapped");
        assertThat(idle(Kind.OFF, 0)).isEmpty();
        assertThat(idle(Kind.UNCAPPED, 0)).isEmpty();
        assertThat(idle(Kind.MASKED, 2)).isEmpty();
    }

    private static RunSpec tied(Tying tying, int modules) {
        return new RunSpec(
                "demo",
                GOOD.base(),
                GOOD.data(),
                GOOD.prompt(),
                GOOD.reward(),
                new RunSpec.TinyLoraShape(2, 13, tying, modules, SigmaForm.SQRT, 42, ValueType.BF16, TargetModules.ALL),
                weighted(Kind.CAPPED, 2),
                GOOD.sampling(),
                GOOD.optimizer(),
                GOOD.schedule(),
                GOOD.evaluation(),
                GOOD.replayOf());
    }

    /** Adapters that all modules share are sent with an n-tie of 1. */
    @Test
    void aNumberOfTiedModulesIsNamedWhereAllAreTied() {
        assertThat(idle(tied(Tying.ALL, 3))).containsExactly("adapter.n-tie has no meaning with tying: all");
        assertThat(idle(tied(Tying.ALL, 1))).isEmpty();
        assertThat(idle(tied(Tying.ALL, 0))).isEmpty();
        assertThat(idle(tied(Tying.TILED, 3))).isEmpty();
    }

    @Test
    void aSupervisedRunRefusesWhatOnlySamplesHave() {
        AlgorithmSpec spec = new AlgorithmSpec(
                "sft",
                0,
                0,
                Algorithm.Mean.TOKEN,
                new Importance(Kind.OFF, 0, 0),
                new AlgorithmSpec.Kl(0.1, 0.1, KlEstimator.K3),
                0,
                new AlgorithmSpec.Samples(true, 10, TruncatedSamples.MASK, 0, 0),
                1);
        RunSpec.Schedule schedule = new RunSpec.Schedule(60, 24, 8, 2, 0, true, 0);
        assertThat(with(spec, GOOD.sampling(), schedule).problems())
                .extracting(FieldProblem::path)
                .contains(
                        "algorithm.kl-in-reward",
                        "algorithm.dynamic-sampling",
                        "samples-per-group",
                        "max-staleness",
                        "algorithm.truncated",
                        "algorithm.kl-in-loss");
    }

    @Test
    void policiesInFlightNeedAnAsynchronousRunThatIsNotDeterministic() {
        RunSpec.Schedule bad = new RunSpec.Schedule(60, 24, 8, 0, 0, true, 0, true);
        assertThat(with(GOOD.algorithm(), GOOD.sampling(), bad).problems())
                .extracting(FieldProblem::path)
                .containsExactly("in-flight", "in-flight");
        RunSpec.Schedule good = new RunSpec.Schedule(60, 24, 8, 2, 0, false, 0, true);
        assertThat(with(GOOD.algorithm(), GOOD.sampling(), good).problems()).isEmpty();
    }

    @Test
    void drGrpoDividesByTheRunsLargestNumberOfTokens() {
        AlgorithmSpec spec = algorithm("dr-grpo", 0.2, Kind.OFF, AlgorithmSpec.Kl.NONE, AlgorithmSpec.Samples.PLAIN);
        assertThat(spec.objective(48).aggregation()).isEqualTo(new dev.thirteen.core.grpo.Aggregation.Constant(48));
    }

    @Test
    void oneSampleAGroupIsRefusedWhereTheGroupIsTheBaseline() {
        RunSpec.Schedule single = new RunSpec.Schedule(60, 24, 1, 0, 0, true, 0);
        assertThat(problems("grpo", 0.2, AlgorithmSpec.Samples.PLAIN, single))
                .containsExactly(
                        "samples-per-group must be 2 to 1024, not 1: grpo judges a sample against the others of"
                                + " its group");
        assertThat(problems("rloo", 0, AlgorithmSpec.Samples.PLAIN, single)).hasSize(1);
        assertThat(problems("reinforce++-baseline", 0.2, AlgorithmSpec.Samples.PLAIN, single))
                .hasSize(1);
        assertThat(problems("reinforce++", 0.2, AlgorithmSpec.Samples.PLAIN, single))
                .isEmpty();
        AlgorithmSpec.Samples dynamic = new AlgorithmSpec.Samples(true, 10, TruncatedSamples.SCORE, 0, 0);
        assertThat(problems("reinforce++", 0.2, dynamic, single))
                .containsExactly(
                        "samples-per-group must be 2 to 1024, not 1: dynamic-sampling compares the samples of a"
                                + " group");
    }

    @Test
    void whatDoesNothingIsRefused() {
        assertThat(problems("rloo", 0.2, AlgorithmSpec.Samples.PLAIN, GOOD.schedule()))
                .containsExactly(
                        "algorithm.clip-low has no meaning: rloo does not clip",
                        "algorithm.clip-high has no meaning: rloo does not clip");
        AlgorithmSpec k1 = algorithm(
                "grpo", 0.2, Kind.OFF, new AlgorithmSpec.Kl(0, 0.1, KlEstimator.K1), AlgorithmSpec.Samples.PLAIN);
        assertThat(with(k1, GOOD.sampling(), GOOD.schedule()).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.problem()).contains("zero in expectation"));
    }

    /** On the wire a name brings no bounds, and 0 is a bound at 1, not none. */
    @Test
    void boundsAtOneAreRefusedWhereALaterUpdateWouldMeetThem() {
        String why =
                "algorithm.clip-high must be above 0, or clip-low, with updates-per-step %d: with both at 0 the later"
                        + " updates clip every %s that has moved as its advantage says; the name's own are %s and %s, and 1 and 100 turn the clip off";
        assertThat(updates("dapo", 0, 0, 2)).containsExactly(why.formatted(2, "token", "0.2", "0.28"));
        assertThat(updates("gspo", 0, 0, 3)).containsExactly(why.formatted(3, "sample", "3.0E-4", "4.0E-4"));
        assertThat(updates("dapo", 1, 100, 2)).as("off").isEmpty();
        assertThat(updates("dapo", 0, 0, 1)).as("the ratio is 1").isEmpty();
        assertThat(updates("dapo", 0, 0.28, 2)).isEmpty();
        assertThat(updates("dapo", 0.2, 0, 2)).isEmpty();
        assertThat(updates("cispo", 0, 0, 2)).as("no token loses its gradient").isEmpty();
    }

    private static List<String> updates(String name, double low, double high, int updates) {
        AlgorithmSpec spec = new AlgorithmSpec(
                name,
                low,
                high,
                Algorithm.Mean.TOKEN,
                new Importance(Kind.CAPPED, 2, 0),
                AlgorithmSpec.Kl.NONE,
                0,
                AlgorithmSpec.Samples.PLAIN,
                updates);
        return with(spec, GOOD.sampling(), GOOD.schedule()).problems().stream()
                .map(problem -> problem.path() + " " + problem.problem())
                .toList();
    }

    private static List<String> problems(
            String name, double clip, AlgorithmSpec.Samples samples, RunSpec.Schedule schedule) {
        AlgorithmSpec spec = algorithm(name, clip, Kind.CAPPED, AlgorithmSpec.Kl.NONE, samples);
        return with(spec, GOOD.sampling(), schedule).problems().stream()
                .map(problem -> problem.path() + " " + problem.problem())
                .toList();
    }
}
