package dev.thirteen.core.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses, slopes and advantages against verl's own functions; scripts/objective_golden.py made the file. */
class VerlGoldenTest {
    private static final JsonNode FILE = Golden.file("verl.json");
    private static final JsonNode SAMPLES = FILE.get("samples");
    // verl adds 1e-8 to the number of tokens of a sample: a part in 1e8 where it is divided by.
    private static final double TOLERANCE = 5e-9;
    private static final int COUNT = SAMPLES.get("rewards").size();

    static Stream<Arguments> losses() {
        return FILE.get("losses").properties().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void lossAndSlopesAreThoseOfVerl(String name, JsonNode golden) {
        Objective objective = objective(golden.get("choices"));
        List<Integer> counted = integers(golden.get("counted"));
        long tokens = counted.stream().mapToLong(i -> row("current", i).length).sum();
        StepTotals totals = new StepTotals(counted.size(), tokens);

        double loss = 0;
        for (int i : counted) {
            SequenceLoss part = objective.of(logProbs(golden, i), numbers(golden.get("advantages"), i), totals);
            loss += part.loss();
            assertThat(part.dLossDLogProb())
                    .as("sample %d", i)
                    .containsExactly(numbers(golden.get("slopes"), i), within(TOLERANCE));
        }
        assertThat(loss).isCloseTo(golden.get("loss").doubleValue(), within(TOLERANCE));
    }

    @Test
    void advantagesAreThoseOfVerl() {
        assertThat(FILE.get("advantages")).hasSize(20);
        for (JsonNode golden : FILE.get("advantages")) {
            StepAdvantages estimator = Algorithm.named(golden.get("algorithm").asText())
                    .orElseThrow()
                    .choices()
                    .advantages();
            List<Integer> counted = integers(golden.get("counted"));
            List<double[]> advantages =
                    estimator.of(groups(golden.get("kl_in_reward").doubleValue(), counted));
            // verl adds 1e-6 to the deviation as we do; of masked samples it gives 0, we what nobody asks for.
            for (int i : counted) {
                assertThat(advantages.get(i))
                        .as("%s, sample %d", golden.get("algorithm"), i)
                        .containsExactly(numbers(golden.get("advantages"), i), within(1e-9));
            }
        }
    }

    @Test
    void longSamplesLoseWhatVerlTakesFromThem() {
        JsonNode golden = FILE.get("overlong");
        OverlongPenalty penalty = new OverlongPenalty(
                golden.get("max_tokens").intValue(),
                golden.get("buffer").intValue(),
                golden.get("penalty").doubleValue());
        for (int i = 0; i < golden.get("tokens").size(); i++) {
            int tokens = golden.get("tokens").get(i).intValue();
            assertThat(penalty.of(tokens))
                    .as("%d tokens", tokens)
                    .isCloseTo(golden.get("lost").get(i).doubleValue(), within(1e-6));
        }
    }

    private static List<List<StepAdvantages.Scored>> groups(double penalty, List<Integer> counted) {
        List<List<StepAdvantages.Scored>> groups = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            int group = SAMPLES.get("groups").get(i).intValue();
            if (group == groups.size()) groups.add(new ArrayList<>());
            double[] costs = row("behaviour", i);
            double[] reference = row("reference", i);
            for (int t = 0; t < costs.length; t++) {
                costs[t] = penalty * KlEstimator.K1.value(reference[t] - costs[t]);
            }
            double reward = SAMPLES.get("rewards").get(i).doubleValue();
            groups.get(group).add(new StepAdvantages.Scored(reward, costs, counted.contains(i)));
        }
        return groups;
    }

    private static SequenceLogProbs logProbs(JsonNode golden, int i) {
        double[] entropies = golden.has("entropies") ? numbers(golden.get("entropies"), i) : new double[0];
        return new SequenceLogProbs(
                row("current", i), row("proximal", i), row("behaviour", i), row("reference", i), entropies);
    }

    private static Objective objective(JsonNode choices) {
        Algorithm.Form form = Algorithm.Form.valueOf(choices.get("form").asText());
        Map<String, OffPolicyWeight> weights = Map.of(
                "OFF", OffPolicyWeight.OFF,
                "CAPPED", new OffPolicyWeight.Capped(choices.path("cap").asDouble(1)),
                "MASKED",
                        new OffPolicyWeight.Masked(
                                choices.path("floor").asDouble(0),
                                choices.path("cap").asDouble(1)));
        KlEstimator estimator =
                KlEstimator.valueOf(choices.path("kl").asText("k3").toUpperCase(Locale.ROOT));
        return new Objective(
                form.ratio(),
                form.surrogate(
                        choices.path("clip_low").asDouble(),
                        choices.path("clip_high").asDouble()),
                Algorithm.Mean.valueOf(choices.get("mean").asText()).of(8),
                weights.get(choices.path("weight").asText("OFF")),
                new KlPenalty(estimator, choices.path("kl_in_loss").asDouble(0)),
                choices.path("entropy_bonus").asDouble(0));
    }

    private static double[] row(String name, int i) {
        return numbers(SAMPLES.get(name), i);
    }

    private static double[] numbers(JsonNode rows, int i) {
        return Golden.numbers(rows.get(i));
    }

    private static List<Integer> integers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }
}
