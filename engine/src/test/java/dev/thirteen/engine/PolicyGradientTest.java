package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.grpo.Aggregation;
import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.core.grpo.KlPenalty;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.OffPolicyWeight;
import dev.thirteen.core.grpo.SequenceLogProbs;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.core.grpo.StepTotals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against gradients that PEFT and an fp64 program computed. */
class PolicyGradientTest {
    /** Of finite differences: by shorter ones the fp32 of some processors leaves no three digits of a slope. */
    private static final double STEP = 4e-2;

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
        Objective objective = Objective.grpo(0.2, 0.2, Aggregation.TOKEN_MEAN, OffPolicyWeight.OFF);
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
        for (int i = 0; i < 3; i++) {
            int index = i;
            double slope = Slope.of(by -> sum(moved(policy, index, (float) by), sequences), STEP);
            assertThat(gradient[i]).isEqualTo(slope, within(1e-3 * Math.abs(slope) + 1e-3));
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

    @Test
    void entropiesAreThoseOfTheWholeVocabularyAtTheTemperature() {
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u1-none"))
                .policy();
        int[] prompt = {5, 77, 130};
        List<PolicyGradient.Sequence> all = IntStream.range(0, base.config().vocabulary())
                .mapToObj(token -> new PolicyGradient.Sequence(prompt, new int[] {token}))
                .toList();
        double entropy = 0;
        for (double[] one : engine.logProbs(policy, all, 0.7, 4096)) entropy -= Math.exp(one[0]) * one[0];

        List<double[]> entropies = new ArrayList<>();
        engine.gradient(policy, all.subList(0, 1), 0.7, 4096, true, (_, _, drawn) -> {
            entropies.add(drawn);
            return new PolicyGradient.Slopes(new double[1], 0);
        });

        assertThat(entropies.getFirst()).hasSize(1);
        assertThat(entropies.getFirst()[0]).isCloseTo(entropy, within(1e-4));
    }

    @Test
    void theGradientOfEntropiesIsTheirSlope() {
        JsonNode golden = Golden.json("gradients/nll__u1-none.json");
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u1-none"))
                .policy();
        List<PolicyGradient.Sequence> sequences = sequences(golden).subList(0, 2);
        double[] gradient = engine.gradient(
                        policy,
                        sequences,
                        0.7,
                        4096,
                        true,
                        (_, logProbs, _) -> new PolicyGradient.Slopes(new double[logProbs.length], 1))
                .gradient();
        for (int i = 0; i < 3; i++) {
            int index = i;
            double slope = Slope.of(by -> entropies(moved(policy, index, (float) by), sequences), STEP);
            assertThat(gradient[i]).isEqualTo(slope, within(1e-3 * Math.abs(slope) + 1e-3));
        }
    }

    private static double entropies(Policy policy, List<PolicyGradient.Sequence> sequences) {
        double[] sum = {0};
        engine.gradient(policy, sequences, 0.7, 4096, true, (_, logProbs, drawn) -> {
            sum[0] += Arrays.stream(drawn).sum();
            return new PolicyGradient.Slopes(new double[logProbs.length], 0);
        });
        return sum[0];
    }

    @Test
    void oneThreeAndSevenMicroBatchesGiveTheSameGradient() {
        JsonNode golden = Golden.json("gradients/grpo-token-mean__u13-tied.json");
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        List<PolicyGradient.Sequence> sequences = sequences(golden);
        long tokens =
                sequences.stream().mapToInt(s -> s.completionTokens().length).sum();
        StepTotals totals = new StepTotals(sequences.size(), tokens);
        for (Algorithm named : Algorithm.values()) {
            Algorithm.Choices choices = named.choices();
            Objective objective = new Objective(
                    choices.form().ratio(),
                    choices.form().surrogate(choices.clipLow(), choices.clipHigh()),
                    choices.mean().of(16),
                    new OffPolicyWeight.Masked(0.5, 2),
                    KlPenalty.NONE,
                    0.01);
            double[] whole = gradient(policy, sequences, 1, objective, totals);
            assertThat(distance(gradient(policy, sequences, 3, objective, totals), whole))
                    .as(named.label())
                    .isLessThan(1e-5);
            assertThat(distance(gradient(policy, sequences, 7, objective, totals), whole))
                    .as(named.label())
                    .isLessThan(1e-5);
        }
    }

    private static double[] gradient(
            Policy policy,
            List<PolicyGradient.Sequence> sequences,
            int passes,
            Objective objective,
            StepTotals totals) {
        int budget = IntStream.range(1, 4096)
                .filter(most -> SequenceBatch.cut(sequences, most).size() == passes)
                .findFirst()
                .orElseThrow();
        return engine.gradient(policy, sequences, 1, budget, true, (sequence, logProbs, entropies) -> {
                    // Old and behaviour log-probs near the current ones, so that clip and mask act on some tokens.
                    double[] old = shifted(logProbs, 0.3 * Math.sin(sequence));
                    double[] behaviour = shifted(old, 0.9 * Math.cos(3 * sequence));
                    SequenceLogProbs compared =
                            new SequenceLogProbs(logProbs, old, behaviour, new double[0], entropies);
                    SequenceLoss loss = objective.of(compared, sequence % 3 - 0.8, totals);
                    return new PolicyGradient.Slopes(loss.dLossDLogProb(), loss.dLossDEntropy());
                })
                .gradient();
    }

    /** Groups of samples in every order, and prompts of other lengths beside them: what is padded and what is shared. */
    @Test
    void promptsComputedOnceForAGroupChangeNothing() {
        Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        SplittableRandom random = new SplittableRandom(4);
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        for (int promptTokens : new int[] {9, 40, 21}) {
            int[] prompt = random.ints(promptTokens, 5, 300).toArray();
            for (int completion : new int[] {1, 3, 17, 30, 2}) {
                sequences.add(new PolicyGradient.Sequence(
                        prompt, random.ints(completion, 5, 300).toArray()));
            }
        }
        Collections.shuffle(sequences, new Random(3));
        double[] summed = new double[policy.values().length];
        List<double[]> alone = new ArrayList<>();
        for (PolicyGradient.Sequence sequence : sequences) {
            PolicyGradient.Result one = engine.gradient(policy, List.of(sequence), 1, 4096, PolicyGradientTest::ones);
            for (int i = 0; i < summed.length; i++) summed[i] += one.gradient()[i];
            alone.add(one.logProbs().getFirst());
        }
        for (int microBatch : new int[] {4096, 100, 1}) {
            PolicyGradient.Result together =
                    engine.gradient(policy, sequences, 1, microBatch, PolicyGradientTest::ones);
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.logProbs().get(i)).containsExactly(alone.get(i), within(2e-5));
            }
            assertThat(distance(together.gradient(), summed)).isLessThan(1e-5);
        }
        assertThat(SequenceBatch.cut(sequences, 4096).getFirst().tokens())
                .as("three prompts once, and all completions without their last tokens")
                .isEqualTo(9 + 40 + 21 + 3 * (53 - 5));
    }

    private static double[] shifted(double[] numbers, double by) {
        return Arrays.stream(numbers).map(number -> number + by).toArray();
    }
}
