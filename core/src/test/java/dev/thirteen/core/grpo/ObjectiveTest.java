package dev.thirteen.core.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.sampling.CounterRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ObjectiveTest {
    private static final StepTotals TOTALS = new StepTotals(4, 23);
    private static final double[] FLAT = {-1, -1};
    private static final OffPolicyWeight CAPPED = new OffPolicyWeight.Capped(2);

    static List<Objective> objectives() {
        Surrogate clip = new Surrogate.Clip(0.2, 0.28);
        Surrogate narrow = new Surrogate.Clip(0.05, 0.05);
        OffPolicyWeight masked = new OffPolicyWeight.Masked(0.8, 1.2);
        return List.of(
                Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF),
                Objective.grpo(0.2, 0.2, Aggregation.SEQUENCE_MEAN, CAPPED),
                new Objective(Ratio.TOKEN, clip, new Aggregation.Constant(16), OffPolicyWeight.UNCAPPED, k3(0.1), 0.02),
                new Objective(Ratio.SEQUENCE, clip, Aggregation.SEQUENCE_MEAN, OffPolicyWeight.OFF),
                new Objective(Ratio.SEQUENCE, narrow, Aggregation.TOKEN_MEAN, masked, k3(0.2), 0),
                new Objective(
                        Ratio.TOKEN,
                        new Surrogate.AdvantageLogLikelihood(),
                        Aggregation.SEQUENCE_SUM,
                        masked,
                        new KlPenalty(KlEstimator.K2, 0.5),
                        0.1),
                new Objective(
                        Ratio.TOKEN,
                        new Surrogate.LogLikelihood(),
                        Aggregation.TOKEN_MEAN,
                        OffPolicyWeight.OFF,
                        k3(0.3),
                        0));
    }

    private static KlPenalty k3(double coefficient) {
        return new KlPenalty(KlEstimator.K3, coefficient);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theGradientIsTheSlopeOfTheLoss(Objective objective) {
        for (int sample = 0; sample < 20; sample++) {
            double advantage = sample % 2 == 0 ? 0.9 : -1.1;
            double[][] policies = new double[5][7];
            for (int policy = 0; policy < 5; policy++)
                for (int t = 0; t < 7; t++)
                    policies[policy][t] = -2 - 0.6 * CounterRandom.uniformDouble(sample, policy, t);
            double[] slopes = loss(objective, policies, advantage).dLossDLogProb();
            for (int t = 0; t < 7; t++) {
                double here = policies[0][t];
                double h = 1e-6;
                policies[0][t] = here + h;
                double above = loss(objective, policies, advantage).loss();
                policies[0][t] = here - h;
                double below = loss(objective, policies, advantage).loss();
                policies[0][t] = here;

                assertThat(slopes[t]).isCloseTo((above - below) / (2 * h), within(1e-8));
            }
        }
    }

    @Test
    void onPolicyTheGradientIsThatOfThePlainPolicyGradient() {
        SequenceLogProbs onPolicy = new SequenceLogProbs(FLAT, FLAT, FLAT);
        SequenceLoss loss =
                Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, CAPPED).of(onPolicy, 0.5, new StepTotals(2, 10));

        assertThat(loss.loss()).isCloseTo(-0.1, within(1e-15));
        assertThat(loss.dLossDLogProb()).containsExactly(-0.05, -0.05);
        assertThat(loss.counts().clippedLow() + loss.counts().clippedHigh()).isZero();
        assertThat(loss.counts().sumAbsProbabilityGap()).isZero();
    }

    @Test
    void theClipRemovesTheGradientOnlyWhereItWouldGoFurther() {
        double[] risen = {-0.5, -1};
        double[] fallen = {-1.5, -1};
        Objective objective = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF);

        SequenceLoss up = objective.of(new SequenceLogProbs(risen, FLAT, FLAT), 1, TOTALS);
        SequenceLoss down = objective.of(new SequenceLogProbs(fallen, FLAT, FLAT), -1, TOTALS);
        SequenceLoss back = objective.of(new SequenceLogProbs(risen, FLAT, FLAT), -1, TOTALS);

        assertThat(up.dLossDLogProb()[0]).isZero();
        assertThat(up.counts().clippedHigh()).isEqualTo(1);
        assertThat(down.dLossDLogProb()[0]).isZero();
        assertThat(down.counts().clippedLow()).isEqualTo(1);
        assertThat(back.dLossDLogProb()[0]).isPositive();
        assertThat(back.counts().clippedLow() + back.counts().clippedHigh()).isZero();
    }

    @Test
    void theOffPolicyWeightIsCapped() {
        double[] unlikely = {-3, -1};
        SequenceLogProbs logProbs = new SequenceLogProbs(FLAT, FLAT, unlikely);

        double[] capped = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, CAPPED)
                .of(logProbs, 1, TOTALS)
                .dLossDLogProb();
        double[] none = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF)
                .of(logProbs, 1, TOTALS)
                .dLossDLogProb();

        assertThat(capped[0]).isCloseTo(2 * none[0], within(1e-15));
        assertThat(capped[1]).isEqualTo(none[1]);
    }

    @Test
    void theProbabilityGapIsSummedOverTokens() {
        SequenceLogProbs logProbs = new SequenceLogProbs(FLAT, FLAT, new double[] {-2, -1});

        assertThat(Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF)
                        .of(logProbs, 0, TOTALS)
                        .counts()
                        .sumAbsProbabilityGap())
                .isCloseTo(Math.exp(-1) - Math.exp(-2), within(1e-15));
    }

    @Test
    void whatCannotBeComputedIsRefused() {
        double[] one = {-1};
        double[] broken = {-1, Double.NEGATIVE_INFINITY};
        SequenceLogProbs flat = new SequenceLogProbs(FLAT, FLAT, FLAT);
        Objective penalised = new Objective(
                Ratio.TOKEN, new Surrogate.LogLikelihood(), Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF, k3(0.1), 0);
        Objective curious = new Objective(
                Ratio.TOKEN,
                new Surrogate.LogLikelihood(),
                Aggregation.TOKEN_MEAN,
                OffPolicyWeight.OFF,
                KlPenalty.NONE,
                0.1);

        assertThatThrownBy(() -> new SequenceLogProbs(new double[0], one, one)).hasMessageContaining("at least one");
        assertThatThrownBy(() -> new SequenceLogProbs(FLAT, one, FLAT)).hasMessageContaining("proximal");
        assertThatThrownBy(() -> new SequenceLogProbs(FLAT, FLAT, broken)).hasMessageContaining("behaviour");
        assertThatThrownBy(() -> penalised.of(flat, 1, TOTALS)).hasMessageContaining("reference");
        assertThatThrownBy(() -> penalised.of(flat, Double.NaN, TOTALS)).hasMessageContaining("advantage");
        assertThatThrownBy(() -> new StepTotals(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Surrogate.Clip(-0.1, 0.2)).hasMessageContaining("clip");
        assertThatThrownBy(() -> new Aggregation.Constant(0)).hasMessageContaining("constant");
        assertThatThrownBy(() -> curious.of(flat, 1, TOTALS)).hasMessageContaining("entropies");
        assertThatThrownBy(() -> curious.of(flat, one, TOTALS)).hasMessageContaining("1 advantages for 2 tokens");
        assertThatThrownBy(() -> new OffPolicyWeight.Capped(0.5)).hasMessageContaining("cap");
        assertThatThrownBy(() -> new OffPolicyWeight.Masked(1.5, 2)).hasMessageContaining("floor");
        assertThatThrownBy(() -> k3(Double.NaN)).hasMessageContaining("KL");
        assertThatThrownBy(() -> new KlPenalty(KlEstimator.K1, 0.1)).hasMessageContaining("zero in expectation");
    }

    @Test
    void aMaskedTokenHasNoGradientButCountsInTheMean() {
        SequenceLogProbs logProbs = new SequenceLogProbs(FLAT, FLAT, new double[] {-3, -1});

        SequenceLoss loss = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, new OffPolicyWeight.Masked(0.5, 2))
                .of(logProbs, 1, new StepTotals(1, 2));

        assertThat(loss.dLossDLogProb()).containsExactly(0, -0.5);
        assertThat(loss.counts().masked()).isEqualTo(1);
    }

    @Test
    void aSequenceHasOneRatioAndOneWeightWhoseProductIsThatOfCurrentAndBehaviour() {
        double[] current = {-0.9, -1.3};
        double[] behaviour = {-1.4, -1.2};
        SequenceLogProbs logProbs = new SequenceLogProbs(current, FLAT, behaviour);
        Objective objective = new Objective(
                Ratio.SEQUENCE, new Surrogate.Clip(1, 9), Aggregation.SEQUENCE_MEAN, OffPolicyWeight.UNCAPPED);

        double loss = objective.of(logProbs, 1, new StepTotals(1, 2)).loss();

        assertThat(loss).isCloseTo(-Math.exp(((-0.9 + 1.4) + (-1.3 + 1.2)) / 2), within(1e-15));
    }

    @Test
    void eachTokenMayHaveAnAdvantageOfItsOwn() {
        SequenceLogProbs onPolicy = new SequenceLogProbs(FLAT, FLAT, FLAT);

        double[] slopes = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF)
                .of(onPolicy, new double[] {2, -1}, new StepTotals(1, 2))
                .dLossDLogProb();

        assertThat(slopes).containsExactly(-1, 0.5);
    }

    private static SequenceLoss loss(Objective objective, double[][] policies, double advantage) {
        SequenceLogProbs logProbs =
                new SequenceLogProbs(policies[0], policies[1], policies[2], policies[3], policies[4]);
        return objective.of(logProbs, advantage, TOTALS);
    }
}
