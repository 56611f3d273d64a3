package dev.thirteen.core.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses and slopes against autograd in fp64; golden/objectives.py says where the file comes from. */
class ObjectiveGoldenTest {
    /** Cases whose choices are those of a name, so that its numbers are checked too; the file has 16 for max-tokens. */
    private static final Map<String, Algorithm> NAMED = Map.of(
            "grpo-token-mean", Algorithm.GRPO,
            "dr-grpo", Algorithm.DR_GRPO,
            "dapo", Algorithm.DAPO,
            "gspo", Algorithm.GSPO,
            "cispo", Algorithm.CISPO,
            "nll", Algorithm.SFT);

    private static final int MAX_TOKENS = 16;

    static Stream<Arguments> cases() {
        return Golden.file("objectives.json").properties().stream()
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void lossAndSlopesEqualAutograd(String name, JsonNode golden) {
        JsonNode expected = golden.get("expected");
        Algorithm named = NAMED.get(name.substring(0, name.indexOf("__")));
        Objective objective = named == null ? objective(golden.get("objective")) : objective(named.choices());
        List<SequenceLoss> losses = losses(golden, objective);

        double loss = losses.stream().mapToDouble(SequenceLoss::loss).sum();
        assertThat(loss).isCloseTo(expected.get("loss").doubleValue(), tolerance(expected.get("loss")));
        for (int i = 0; i < losses.size(); i++) {
            double[] slopes = losses.get(i).dLossDLogProb();
            JsonNode expectedSlopes = expected.get("dloss_dlogprob").get(i);
            assertThat(slopes).hasSize(expectedSlopes.size());
            for (int t = 0; t < slopes.length; t++) {
                assertThat(slopes[t])
                        .as("sample %d, token %d", i, t)
                        .isCloseTo(expectedSlopes.get(t).doubleValue(), tolerance(expectedSlopes.get(t)));
            }
        }
        if (!expected.has("clipped_low")) return;
        // The file counts a sample once where its ratio is one for all its tokens.
        boolean bySample = golden.get("objective").get("ratio").asText().equals("sequence");
        int low = losses.stream()
                .mapToInt(l -> count(l.counts().clippedLow(), bySample))
                .sum();
        int high = losses.stream()
                .mapToInt(l -> count(l.counts().clippedHigh(), bySample))
                .sum();
        assertThat(low).isEqualTo(expected.get("clipped_low").intValue());
        assertThat(high).isEqualTo(expected.get("clipped_high").intValue());
    }

    private static List<SequenceLoss> losses(JsonNode golden, Objective objective) {
        JsonNode currents = golden.get("expected").get("logprobs");
        int tokens = 0;
        for (JsonNode current : currents) tokens += current.size();
        StepTotals totals = new StepTotals(currents.size(), tokens);
        List<SequenceLoss> losses = new ArrayList<>();
        for (int i = 0; i < currents.size(); i++) {
            JsonNode sample = golden.get("samples").get(i);
            double[] current = Golden.numbers(currents.get(i));
            double[] proximal = numbersOr(sample, "old_logprobs", current);
            double[] behaviour = numbersOr(sample, "behavior_logprobs", proximal);
            double[] reference = numbersOr(sample, "reference_logprobs", new double[0]);
            double advantage = sample.path("advantage").asDouble(0);
            losses.add(objective.of(new SequenceLogProbs(current, proximal, behaviour, reference), advantage, totals));
        }
        return losses;
    }

    private static Objective objective(Algorithm.Choices choices) {
        return new Objective(
                choices.form().ratio(),
                choices.form().surrogate(choices.clipLow(), choices.clipHigh()),
                choices.mean().of(MAX_TOKENS),
                OffPolicyWeight.OFF,
                KlPenalty.NONE,
                0);
    }

    private static Objective objective(JsonNode choice) {
        Ratio ratio = choice.get("ratio").asText().equals("sequence") ? Ratio.SEQUENCE : Ratio.TOKEN;
        double low = choice.path("clip_low").asDouble();
        double high = choice.path("clip_high").asDouble();
        Surrogate surrogate = switch (choice.get("surrogate").asText()) {
            case "clip" -> new Surrogate.Clip(low, high);
            case "weighted-log-likelihood" -> new Surrogate.WeightedLogLikelihood(low, high);
            case "log-likelihood" -> new Surrogate.LogLikelihood();
            default -> throw new AssertionError(choice);
        };
        Map<String, Aggregation> aggregations = Map.of(
                "token-mean", Aggregation.TOKEN_MEAN,
                "sequence-mean", Aggregation.SEQUENCE_MEAN,
                "constant", new Aggregation.Constant(choice.path("constant").asDouble(1)));
        KlPenalty penalty = choice.get("kl").isNull()
                ? KlPenalty.NONE
                : new KlPenalty(
                        KlEstimator.K3, choice.get("kl").get("coefficient").asDouble());
        return new Objective(
                ratio,
                surrogate,
                aggregations.get(choice.get("aggregation").asText()),
                weight(choice.get("off_policy_weight")),
                penalty,
                0);
    }

    private static OffPolicyWeight weight(JsonNode weight) {
        if (weight.isNull()) return OffPolicyWeight.OFF;
        return weight.get("cap").isNumber()
                ? new OffPolicyWeight.Capped(weight.get("cap").asDouble())
                : OffPolicyWeight.UNCAPPED;
    }

    private static double[] numbersOr(JsonNode sample, String key, double[] otherwise) {
        return sample.has(key) ? Golden.numbers(sample.get(key)) : otherwise;
    }

    private static int count(int tokens, boolean bySample) {
        return bySample ? Math.min(tokens, 1) : tokens;
    }

    private static Offset<Double> tolerance(JsonNode expected) {
        return within(Math.max(1e-10, 1e-8 * Math.abs(expected.doubleValue())));
    }
}
