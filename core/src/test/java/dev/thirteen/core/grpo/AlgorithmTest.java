package dev.thirteen.core.grpo;

import static dev.thirteen.core.grpo.StepAdvantages.Group.CENTRED;
import static dev.thirteen.core.grpo.StepAdvantages.Group.LEAVE_ONE_OUT;
import static dev.thirteen.core.grpo.StepAdvantages.Group.RETURN;
import static dev.thirteen.core.grpo.StepAdvantages.Group.STANDARDISED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.run.AlgorithmSpec;
import dev.thirteen.core.run.NamedAlgorithm;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What each name means, in full and apart from the code that builds it: the table of docs/algorithms.md, whose numbers are
 * those of the papers that {@link Algorithm} names.
 */
class AlgorithmTest {
    private static final int MAX_TOKENS = 48;
    private static final OffPolicyWeight CAPPED = new OffPolicyWeight.Capped(2);
    private static final Aggregation TOKEN = Aggregation.TOKEN_MEAN;

    private static final List<Meaning> TABLE = List.of(
            plain("grpo", group(STANDARDISED), token(new Surrogate.Clip(0.2, 0.2), TOKEN)),
            plain("dr-grpo", group(CENTRED), token(new Surrogate.Clip(0.2, 0.2), new Aggregation.Constant(MAX_TOKENS))),
            new Meaning(
                    "dapo",
                    group(STANDARDISED),
                    token(new Surrogate.Clip(0.2, 0.28), TOKEN),
                    true,
                    TruncatedSamples.SHAPE,
                    0),
            plain(
                    "gspo",
                    group(STANDARDISED),
                    objective(Ratio.SEQUENCE, new Surrogate.Clip(3e-4, 4e-4), Aggregation.SEQUENCE_MEAN, CAPPED)),
            plain("cispo", group(STANDARDISED), token(new Surrogate.WeightedLogLikelihood(10, 0.2), TOKEN)),
            // A sum over the sample, averaged over samples.
            plain(
                    "rloo",
                    group(LEAVE_ONE_OUT),
                    token(new Surrogate.AdvantageLogLikelihood(), new Aggregation.Constant(1))),
            new Meaning(
                    "reinforce++",
                    new StepAdvantages(RETURN, true),
                    token(new Surrogate.Clip(0.2, 0.2), TOKEN),
                    false,
                    TruncatedSamples.SCORE,
                    0.01),
            plain(
                    "reinforce++-baseline",
                    new StepAdvantages(CENTRED, true),
                    new Objective(
                            Ratio.TOKEN,
                            new Surrogate.Clip(0.2, 0.2),
                            TOKEN,
                            CAPPED,
                            new KlPenalty(KlEstimator.K2, 1e-5),
                            0)),
            plain(
                    "sft",
                    group(RETURN),
                    objective(Ratio.TOKEN, new Surrogate.LogLikelihood(), TOKEN, OffPolicyWeight.OFF)));

    @Test
    void everyNameMeansWhatItsPaperSays() {
        assertThat(Arrays.stream(Algorithm.values()).map(AlgorithmTest::meaning))
                .containsExactlyElementsOf(TABLE);
    }

    private static Meaning meaning(Algorithm named) {
        Algorithm.Choices choices = named.choices();
        AlgorithmSpec spec = NamedAlgorithm.of(named);
        return new Meaning(
                named.label(),
                spec.advantages(),
                spec.objective(MAX_TOKENS),
                choices.dynamicSampling(),
                choices.truncated(),
                spec.kl().inReward());
    }

    private static Meaning plain(String label, StepAdvantages advantages, Objective objective) {
        return new Meaning(label, advantages, objective, false, TruncatedSamples.SCORE, 0);
    }

    private static StepAdvantages group(StepAdvantages.Group group) {
        return new StepAdvantages(group, false);
    }

    private static Objective token(Surrogate surrogate, Aggregation aggregation) {
        return objective(Ratio.TOKEN, surrogate, aggregation, CAPPED);
    }

    private static Objective objective(
            Ratio ratio, Surrogate surrogate, Aggregation aggregation, OffPolicyWeight weight) {
        return new Objective(ratio, surrogate, aggregation, weight, KlPenalty.NONE, 0);
    }

    private record Meaning(
            String label,
            StepAdvantages advantages,
            Objective objective,
            boolean dynamicSampling,
            TruncatedSamples truncated,
            double klInReward) {}
}
