package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.Algorithm;
import dev.thirteen.proto.training.v1.Decay;
import dev.thirteen.proto.training.v1.OffPolicy;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.TruncatedSamples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Steps of two groups of two samples of two tokens; the first sample right and ended, the second wrong and cut off. */
class StepComputationTest {
    private static final List<Problem> PROBLEMS = IntStream.range(0, 10)
            .mapToObj(i -> new Problem("p" + i, i + "+1", Integer.toString(i + 1)))
            .toList();
    /** Of every token under the fake base and under the policy that drew it: the mean of both tokens. */
    private static final double CURRENT = -0.5;

    /** Prompts and completions of the two samples of a group. */
    private static final int GROUP_TOKENS = 12;

    /** Sizes of the parts that steps ask for. */
    private final List<Integer> parts = new ArrayList<>();

    /** What they ask for, and the results. */
    private final List<GradientTask> asked = new ArrayList<>();

    private final List<GradientSums> results = new ArrayList<>();

    private int microBatchTokens = 64;

    /** Factor of the fake's gradient. */
    private double steepness = 1;

    @Test
    void aDeterministicStepIsComputedGroupByGroup() {
        StepOutcome.Computed exact = computed(spec -> spec.setDeterministic(true));
        assertThat(parts).containsExactly(2, 2);

        parts.clear();
        StepOutcome.Computed free = computed(spec -> spec.setDeterministic(false));
        assertThat(parts).containsExactly(4);

        assertThat(exact.state().adam().master()).isEqualTo(free.state().adam().master());
        assertThat(exact.metrics().getLoss()).isEqualTo(free.metrics().getLoss());
        assertThat(exact.metrics().getGradNorm()).isPositive();
    }

    @Test
    void aStepOfTwoPassesHasTwoPartsThatTwoReplicasCanCompute() {
        microBatchTokens = GROUP_TOKENS;
        computed(_ -> {});
        assertThat(parts).containsExactly(2, 2);

        parts.clear();
        microBatchTokens = 2 * GROUP_TOKENS;
        computed(_ -> {});
        assertThat(parts).as("a part fills a pass").containsExactly(4);
    }

    @Test
    void aTruncatedSampleThatIsMaskedCountsInItsGroupAlone() {
        StepOutcome.Computed masked =
                computed(spec -> algorithm(spec).setTruncated(TruncatedSamples.TRUNCATED_SAMPLES_MASK));

        assertThat(parts).containsExactly(2);
        assertThat(masked.metrics().getLeftOutSamples()).isEqualTo(2);
        // Advantage √½ of a group of (1, 0); off-policy weights e^0 and e^0.25 of the two tokens.
        double loss = -Math.sqrt(0.5) * (1 + Math.exp(0.25)) / 2;
        assertThat(masked.metrics().getLoss()).isCloseTo(loss, within(1e-5));
        assertThat(masked.metrics().getSkipped()).isEmpty();
    }

    @Test
    void aStepOfWhichNothingCountsIsSkipped() {
        StepOutcome.Computed none =
                computed(spec -> algorithm(spec).setTruncated(TruncatedSamples.TRUNCATED_SAMPLES_MASK), truncated());

        assertThat(none.metrics().getSkipped()).startsWith("every sample was truncated");
        assertThat(none.metrics().getLeftOutSamples()).isEqualTo(4);
        assertThat(none.state().adam().step()).isZero();
        assertThat(none.state().adam().master()).containsOnly(0f);
    }

    /** Max-grad-norm 0: the square is beyond fp32, and values that are divided by its root would never move again. */
    @Test
    void aStepThatWouldPoisonAMomentIsSkipped() {
        steepness = 1e22;
        StepOutcome.Computed poisoned =
                computed(spec -> spec.getOptimizerBuilder().setMaxGradNorm(0));
        assertThat(poisoned.metrics().getSkipped()).isEqualTo("the optimizer's state is not finite");
        assertThat(poisoned.state().adam().step()).isZero();
        assertThat(poisoned.state().adam().second()).containsOnly(0f);
        assertThat(computed(_ -> {}).metrics().getSkipped()).as("clipped").isEmpty();
    }

    @Test
    void aStepWhoseReferenceIsNotFiniteIsSkipped() {
        Consumer<RunSpec.Builder> broken =
                spec -> spec.getBaseModelBuilder().setFolder(FakeModels.REFERENCE_NOT_FINITE);
        for (StepOutcome.Computed skipped : List.of(
                computed(broken.andThen(spec -> algorithm(spec).setKlInReward(1))),
                computed(broken.andThen(spec -> algorithm(spec).setKlInLoss(1))))) {
            assertThat(skipped.metrics().getSkipped()).isEqualTo("a log-probability under the reference is not finite");
            assertThat(skipped.metrics().getRewardMean()).isEqualTo(0.5);
            assertThat(skipped.state().adam().step()).isZero();
        }
        assertThat(parts).as("no gradient is asked for").isEmpty();
        assertThat(computed(broken).metrics().getSkipped())
                .as("nothing is compared")
                .isEmpty();
    }

    @Test
    void longSamplesLoseRewardWhereTheRunShapesIt() {
        // Of eight tokens at most, eight lose all of the penalty and two a quarter: rewards 1 - 1 and 0 - 0.25.
        Consumer<RunSpec.Builder> centred = spec -> algorithm(spec).setName("dr-grpo");
        StepOutcome.Computed shaped = computed(
                centred.andThen(spec -> algorithm(spec)
                        .setTruncated(TruncatedSamples.TRUNCATED_SAMPLES_SHAPE)
                        .setOverlongBuffer(8)
                        .setOverlongPenalty(1)),
                firstOfEightTokens());
        assertThat(advantages(0)).hasSize(8).containsOnly(0.125);
        assertThat(advantages(1)).containsExactly(-0.125, -0.125);
        assertThat(shaped.metrics().getRewardMean()).as("as judged").isEqualTo(0.5);

        asked.clear();
        computed(centred, firstOfEightTokens());
        assertThat(advantages(0)).hasSize(8).containsOnly(0.5);
        assertThat(advantages(1)).containsExactly(-0.5, -0.5);
    }

    @Test
    void theKlInTheLossIsAgainstTheBaseAlone() {
        StepMetrics metrics = computed(spec -> algorithm(spec).setKlInLoss(0.5)).metrics();
        double k3 = KlEstimator.K3.value(FakeModels.REFERENCE - CURRENT);
        assertThat(metrics.getKl()).isCloseTo(k3, within(1e-12));
        double without = computed(_ -> {}).metrics().getLoss();
        assertThat(metrics.getLoss()).isCloseTo(without + 0.5 * k3, within(1e-12));
    }

    @Test
    void theKlInTheRewardMovesAdvantagesTokenByToken() {
        StepOutcome.Computed with =
                computed(spec -> algorithm(spec).setName("reinforce++").setKlInReward(1));
        // Behaviour -0.5 and -0.75 against -1: k1 costs 0.5 and 0.25, and a return is what is left from a token on.
        double[] returns = {0.25, 0.75, -0.75, -0.25};
        // Their mean is 0; both groups are alike.
        double deviation = Math.sqrt(2 * 1.25 / 7);
        for (int i = 0; i < returns.length; i++) {
            assertThat(advantages(i / 2)[i % 2]).isCloseTo(returns[i] / deviation, within(1e-6));
        }
        double k3 = KlEstimator.K3.value(FakeModels.REFERENCE - CURRENT);
        assertThat(with.metrics().getKl())
                .as("measured, though no part of the loss")
                .isCloseTo(k3, within(1e-12));
        // Off-policy weights e^0 and e^0.25 of the two tokens.
        double loss = (0.5 - 0.5 * Math.exp(0.25)) / deviation / 4;
        assertThat(with.metrics().getLoss()).as("of the advantages alone").isCloseTo(loss, within(1e-6));
    }

    @Test
    void tokensOutsideTheImportanceBoundsAreCountedAsMasked() {
        // Weights e^0 and e^0.25 = 1.28 of the two tokens of each sample.
        StepOutcome.Computed masked = computed(spec -> algorithm(spec)
                .setOffPolicy(OffPolicy.OFF_POLICY_MASKED)
                .setImportanceCap(1.2)
                .setImportanceFloor(0.5));
        assertThat(masked.metrics().getMasked()).isEqualTo(0.5);
    }

    @Test
    void everyUpdateOfAStepIsOneOfTheOptimizer() {
        StepOutcome.Computed thrice =
                computed(spec -> algorithm(spec).setUpdatesPerStep(3).setOffPolicy(OffPolicy.OFF_POLICY_OFF));
        assertThat(thrice.state().adam().step()).isEqualTo(3);
        assertThat(parts).containsExactly(4, 4, 4);
    }

    @Test
    void theRatioOfEveryUpdateIsToThePolicyBeforeTheFirst() {
        Consumer<RunSpec.Builder> large = spec -> {
            algorithm(spec).setUpdatesPerStep(3).setOffPolicy(OffPolicy.OFF_POLICY_OFF);
            spec.getOptimizerBuilder().setLearningRate(0.5);
        };
        // Equal first tokens would cancel in the fake's gradient.
        StepOutcome.Computed thrice = computed(
                large, group -> group.getRolloutBuilder().getSamplesBuilder(0).setTokenIds(0, 9));
        assertThat(results.getFirst().measures().clipped()).isZero();
        // The first update moves log-probs from -0.5 to -1: ratio 0.61, which the clip stops where the advantage is
        // negative, in two of four samples.
        assertThat(results.get(1).logProbs().getFirst()).containsExactly(-1, -1);
        assertThat(results.get(1).measures().clipped()).isEqualTo(4);
        // Of eight tokens in each of three updates; the third moves them further from the first.
        assertThat(results.get(2).measures().clipped()).isEqualTo(4);
        assertThat(thrice.metrics().getClipped()).isEqualTo(8 / 24.0);
        for (GradientTask later : asked.subList(1, 3)) {
            for (LossSample sample : later.samples())
                assertThat(sample.proximal()).containsExactly(CURRENT, CURRENT);
        }
    }

    @Test
    void theEntropyBonusIsMeasured() {
        StepMetrics metrics =
                computed(spec -> algorithm(spec).setEntropyBonus(0.1)).metrics();
        // The fake gives the log-probs for entropies.
        assertThat(metrics.getEntropy()).isCloseTo(CURRENT, within(1e-12));
    }

    @Test
    void theLearningRateWarmsUpAndDecays() {
        Consumer<RunSpec.Builder> spec = wire ->
                wire.setSteps(10).getOptimizerBuilder().setWarmupSteps(4).setDecay(Decay.DECAY_LINEAR);
        assertThat(computed(spec).metrics().getLearningRate()).isCloseTo(0.01 / 4, within(1e-12));
    }

    private static Algorithm.Builder algorithm(RunSpec.Builder spec) {
        return spec.getAlgorithmBuilder();
    }

    private static Consumer<ScoredRollout.Builder> truncated() {
        return group -> group.getRolloutBuilder()
                .getSamplesBuilderList()
                .forEach(sample ->
                        sample.setFinishReason(dev.thirteen.proto.policy.v1.FinishReason.FINISH_REASON_LENGTH));
    }

    /** The right one of each group, of two tokens otherwise. */
    private static Consumer<ScoredRollout.Builder> firstOfEightTokens() {
        return group -> {
            for (int more = 0; more < 6; more++) {
                group.getRolloutBuilder().getSamplesBuilder(0).addTokenIds(9).addBehaviourLogProbs(-0.5f);
            }
        };
    }

    /** Of the tokens of a sample of the first update. */
    private double[] advantages(int sample) {
        return asked.getFirst().samples().get(sample).advantages();
    }

    private StepOutcome.Computed computed(Consumer<RunSpec.Builder> change) {
        return computed(change, _ -> {});
    }

    private StepOutcome.Computed computed(
            Consumer<RunSpec.Builder> change, Consumer<ScoredRollout.Builder> changeOfGroups) {
        RunSpec.Builder changed = Fixtures.spec("run", "sha256:" + "d".repeat(64));
        change.accept(changed);
        RunSpec wire = changed.build();
        var spec = RunWire.spec(wire);
        assertThat(spec.problems()).isEmpty();
        RunState created = Records.created(wire, Instant.EPOCH);
        Workload workload = new FakeModels(_ -> PROBLEMS, Digests::sha256).prepare(created, _ -> {});
        RunState record = Records.prepared(created, spec, workload, Digests::sha256);
        List<ScoredRollout> groups = IntStream.range(0, 2)
                .mapToObj(group -> new GroupRequest(0, group, 0))
                .map(request -> Fixtures.scored(Records.request(
                        record, spec, request, workload.prompts().of(request), 0, record.getAdapter())))
                .map(group -> {
                    ScoredRollout.Builder builder = group.toBuilder();
                    changeOfGroups.accept(builder);
                    return builder.build();
                })
                .toList();
        Gradients counted = tasks -> {
            tasks.forEach(task -> parts.add(task.samples().size()));
            asked.addAll(tasks);
            List<GradientSums> sums =
                    Gradients.here(workload).of(tasks).stream().map(this::steep).toList();
            results.addAll(sums);
            return sums;
        };
        StepOutcome outcome = new StepComputation(spec, record, () -> groups, digest -> {
                    throw new AssertionError(digest);
                })
                .compute(workload, counted, microBatchTokens);
        assertThat(outcome).isInstanceOf(StepOutcome.Computed.class);
        return (StepOutcome.Computed) outcome;
    }

    private GradientSums steep(GradientSums sums) {
        double[] gradient =
                Arrays.stream(sums.gradient()).map(slope -> slope * steepness).toArray();
        return new GradientSums(gradient, sums.measures(), sums.logProbs(), sums.problem());
    }
}
