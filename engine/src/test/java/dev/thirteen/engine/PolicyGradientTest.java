package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.grpo.Aggregation;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.StepTotals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against gradients that PEFT and an fp64 program computed. */
class PolicyGradientTest {
    private static BaseModel base;
    private static PolicyGradient engine;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        engine = new PolicyGradient(base);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"u13-tied", "u1-none"})
    void gradientOfTheLikelihoodIsThatOfPeft(String adapter) {
        JsonNode golden = Golden.json("gradients/nll__" + adapter + ".json");
        List<PolicyGradient.Sequence> sequences = sequences(golden);
        int tokens =
                sequences.stream().mapToInt(s -> s.completionTokens().length).sum();
        check(golden, adapter, (sequence, logProbs) -> {
            Arrays.fill(logProbs, -1.0 / tokens);
            return logProbs;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"u13-tied", "u1-none"})
    void gradientOfGrpoIsThatOfPeft(String adapter) {
        JsonNode golden = Golden.json("gradients/grpo-token-mean__" + adapter + ".json");
        List<PolicyGradient.Sequence> sequences = sequences(golden);
        long tokens =
                sequences.stream().mapToInt(s -> s.completionTokens().length).sum();
        StepTotals totals = new StepTotals(sequences.size(), tokens);
        Objective objective = Objective.grpo(0.2, 0.2, new Aggregation.TokenMean(), 0);
        check(golden, adapter, (sequence, logProbs) -> {
            JsonNode sample = golden.path("samples").get(sequence);
            double[] old = Golden.doubles(sample.path("old_logprobs"));
            return objective
                    .of(
                            new SequenceLogProbs(logProbs, old, old),
                            sample.path("advantage").doubleValue(),
                            totals)
                    .dLossDLogProb();
        });
    }

    private static void check(JsonNode golden, String adapter, PolicyGradient.Weights weights) {
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-" + adapter))
                .policy();
        // Two sizes of micro-batch: all sequences in one, and padded passes of few.
        for (int microBatch : new int[] {4096, 64}) {
            PolicyGradient.Result result = engine.gradient(policy, sequences(golden), 1, microBatch, weights);
            List<double[]> expected = new ArrayList<>();
            golden.path("expected").path("logprobs").forEach(row -> expected.add(Golden.doubles(row)));
            for (int i = 0; i < expected.size(); i++) {
                assertThat(result.logProbs().get(i)).containsExactly(expected.get(i), within(5e-5));
            }
            assertThat(distance(result.gradient(), gradient(golden))).isLessThan(1e-4);
        }
    }

    private static double[] gradient(JsonNode golden) {
        List<Double> all = new ArrayList<>();
        JsonNode groups = golden.path("expected").path("gradient");
        for (int g = 0; g < groups.size(); g++) {
            for (double d : Golden.doubles(groups.path("base_model.tinylora_v." + g))) all.add(d);
        }
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Relative l2 distance. */
    private static double distance(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }

    private static List<PolicyGradient.Sequence> sequences(JsonNode golden) {
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        for (JsonNode sample : golden.path("samples")) {
            sequences.add(new PolicyGradient.Sequence(
                    Golden.ints(sample.path("prompt")), Golden.ints(sample.path("completion"))));
        }
        return sequences;
    }

    @Test
    void temperatureDividesTheGradientToo() {
        JsonNode golden = Golden.json("gradients/nll__u1-none.json");
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u1-none"))
                .policy();
        List<PolicyGradient.Sequence> sequences = sequences(golden).subList(0, 2);
        double[] gradient = engine.gradient(policy, sequences, 0.7, 4096, PolicyGradientTest::ones)
                .gradient();
        float step = 1e-2f;
        for (int i = 0; i < 3; i++) {
            double slope =
                    (sum(moved(policy, i, step), sequences) - sum(moved(policy, i, -step), sequences)) / (2 * step);
            assertThat(gradient[i]).isEqualTo(slope, within(2e-2 * Math.abs(slope) + 2e-3));
        }
    }

    private static double[] ones(int sequence, double[] logProbs) {
        Arrays.fill(logProbs, 1);
        return logProbs;
    }

    private static double sum(Policy policy, List<PolicyGradient.Sequence> sequences) {
        return engine.logProbs(policy, sequences, 0.7, 4096).stream()
                .flatMapToDouble(Arrays::stream)
                .sum();
    }

    private static Policy moved(Policy policy, int index, float by) {
        float[] values = policy.values().clone();
        values[index] += by;
        return new Policy(policy.basis(), values);
    }

    @Test
    void refusesWhatIsNoSequenceOfTheModel() {
        var outside = new PolicyGradient.Sequence(new int[] {1}, new int[] {640});
        var empty = new PolicyGradient.Sequence(new int[] {1}, new int[0]);
        for (PolicyGradient.Sequence bad : List.of(outside, empty)) {
            assertThatThrownBy(() -> engine.logProbs(Policy.BASE, List.of(bad), 1, 64))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("sequence 0");
        }
    }
}
