package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models over several devices, all of which are the processor: what changes the device is copied as it would be to
 * another, and nothing may differ.
 */
class PlacementTest {
    @TempDir
    private Path folder;

    private static BaseModel load(String name, Precision precision, List<Long> room) {
        return BaseModel.load(Golden.model(name), new EngineOptions(precision, 1, room));
    }

    /** Over two devices, each with room for the embedding and three quarters of the layers. */
    private static BaseModel loadApart(String name, Precision precision) {
        try (BaseModel whole = load(name, precision, List.of())) {
            long layers = numbers(whole.weights().layers());
            long embedding = numbers(whole.weights().shared()[0]);
            long each = (embedding + 3 * layers / 4) * whole.compute().bytes();
            return load(name, precision, List.of(each, each));
        }
    }

    private static long numbers(PtNDArray... tensors) {
        return Arrays.stream(tensors)
                .mapToLong(tensor -> tensor.getShape().size())
                .sum();
    }

    @Test
    void layersLieWhereThePlanSays() {
        try (BaseModel whole = load("qwen2-tied", Precision.FP32, List.of());
                BaseModel apart = loadApart("qwen2-tied", Precision.FP32)) {
            assertThat(whole.placement().deviceOfLayer()).containsOnly(0);
            assertThat(apart.placement().devices()).hasSize(2);
            assertThat(apart.placement().deviceOfLayer()).contains(0, 1).isSorted();
        }
    }

    @Test
    void aModelThatFitsNowhereIsRefusedWithWhatItNeeds() {
        assertThatThrownBy(() -> load("qwen2-tied", Precision.FP32, List.of(1000L, 1000L)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY))
                .hasMessageContaining("the 2 devices have [1000, 1000]");
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void rowsOfAllFamiliesDrawTheSame(Precision precision) throws IOException {
        try (BaseModel whole = load("qwen2-tied", precision, List.of());
                BaseModel apart = loadApart("qwen2-tied", precision)) {
            List<Decoder.Group> groups = MixedBatch.groups(MixedBatch.policies(whole, folder.resolve("whole")), 10, 7);
            List<Decoder.Group> same = MixedBatch.groups(MixedBatch.policies(apart, folder.resolve("apart")), 10, 7);
            // Prompts whole, and in parts.
            for (int promptTokens : new int[] {512, 4}) {
                compare(MixedBatch.run(apart, same, promptTokens), MixedBatch.run(whole, groups, promptTokens));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-like", "llama-biases", "mistral"})
    void otherFamiliesOfModelsDrawTheSame(String name) {
        try (BaseModel whole = load(name, Precision.FP32, List.of());
                BaseModel apart = loadApart(name, Precision.FP32)) {
            assertThat(apart.placement().single()).isFalse();
            List<Decoder.Group> groups = MixedBatch.groups(Collections.nCopies(6, Policy.BASE), 10, 5);
            compare(MixedBatch.run(apart, groups, 512), MixedBatch.run(whole, groups, 512));
        }
    }

    /** Products may depend on where in memory their numbers begin, so the last bits may differ. */
    private static void compare(Map<String, List<Decoder.Token>> apart, Map<String, List<Decoder.Token>> whole) {
        assertThat(apart.keySet()).isEqualTo(whole.keySet());
        whole.forEach((sample, tokens) -> {
            for (int t = 0; t < tokens.size(); t++) {
                Decoder.Token other = apart.get(sample).get(t);
                assertThat(other.tokenId()).isEqualTo(tokens.get(t).tokenId());
                assertThat(other.logProb()).isCloseTo(tokens.get(t).logProb(), within(1e-5f));
            }
        });
    }

    /** On one processor R has a way of its own, whose sums have another order. */
    @Test
    void gradientsAreTheSame() throws IOException {
        Random random = new Random(3);
        int[] prompt = random.ints(6, 0, 590).toArray();
        List<PolicyGradient.Sequence> sequences = List.of(
                new PolicyGradient.Sequence(prompt, random.ints(9, 0, 590).toArray()),
                new PolicyGradient.Sequence(prompt, random.ints(4, 0, 590).toArray()));
        try (BaseModel whole = load("qwen2-tied", Precision.FP32, List.of());
                BaseModel apart = loadApart("qwen2-tied", Precision.FP32)) {
            for (String config : RandomAdapters.CONFIGS.values()) {
                Policy policy = policy(whole, config);
                PolicyGradient.Result one = gradient(whole, policy, sequences);
                PolicyGradient.Result other = gradient(apart, policy(apart, config), sequences);
                double rounding = CoreGradient.serves(whole, policy) ? 1e-5 : 0;
                double largest =
                        Arrays.stream(one.gradient()).map(Math::abs).max().orElseThrow();
                assertThat(other.gradient()).containsExactly(one.gradient(), within(rounding * largest));
                assertThat(other.logProbs().getFirst())
                        .containsExactly(one.logProbs().getFirst(), within(rounding));
            }
        }
    }

    private Policy policy(BaseModel base, String config) throws IOException {
        Path place = folder.resolve(Integer.toString(System.identityHashCode(base)) + config.hashCode());
        return RandomAdapters.policy(place, base, config, 1);
    }

    private static PolicyGradient.Result gradient(
            BaseModel base, Policy policy, List<PolicyGradient.Sequence> sequences) {
        return new PolicyGradient(base)
                .gradient(
                        policy,
                        sequences,
                        1,
                        64,
                        (_, logProbs) -> Arrays.stream(logProbs).map(Math::exp).toArray());
    }

    @Test
    void allWeightsAreTrainedOnOneDevice() {
        try (BaseModel apart = loadApart("qwen2-tied", Precision.FP32)) {
            assertThatThrownBy(() -> new WeightGradient(apart)).hasMessageContaining("on one device");
        }
    }
}
