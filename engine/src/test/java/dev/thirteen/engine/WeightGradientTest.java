package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gradient by all weights, by finite differences along itself: each tensor alone, and all together. */
class WeightGradientTest {
    private static final List<PolicyGradient.Sequence> SEQUENCES = List.of(
            new PolicyGradient.Sequence(new int[] {596, 464, 149}, new int[] {251, 101, 103, 267, 333}),
            new PolicyGradient.Sequence(new int[] {4}, new int[] {436, 460}));
    private static final EngineOptions FP32 = new EngineOptions(Precision.FP32, 1);

    @TempDir
    private Path folder;

    @Test
    void slopeAlongEachTensorsGradientIsItsSquaredNorm() throws IOException {
        WeightGradient.Result result;
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), FP32)) {
            result = new WeightGradient(base).of(SEQUENCES, 0.8, (sequence, current) -> ones(current));
            double[] plain = new PolicyGradient(base)
                    .logProbs(Policy.BASE, SEQUENCES, 0.8, 4096)
                    .getFirst();
            assertThat(result.logProbs().getFirst()).containsExactly(plain, within(1e-5));
        }
        // One tensor of each kind: the tied embedding, norms, q with its bias, what is fused behind others, the rest.
        for (String name : List.of(
                "model.embed_tokens.weight",
                "model.norm.weight",
                "model.layers.1.input_layernorm.weight",
                "model.layers.0.self_attn.q_proj.bias",
                "model.layers.2.self_attn.v_proj.weight",
                "model.layers.1.self_attn.o_proj.weight",
                "model.layers.0.mlp.up_proj.weight",
                "model.layers.2.mlp.down_proj.weight")) {
            float[] gradient = result.gradient().get(name);
            double norm = norm(gradient);
            double slope = Slope.of(by -> sum(name, gradient, by / norm), 1e-2);
            assertThat(slope).as(name).isCloseTo(norm, within(2e-3 * norm));
        }
        assertThat(result.gradient()).hasSize(2 + 3 * 12);
    }

    @Test
    void whatFullFineTuningAddsToLinearsHasTheGradientOfTheirWeights() {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), FP32)) {
            WeightGradient.Result weights =
                    new WeightGradient(base).of(SEQUENCES, 0.8, (sequence, current) -> ones(current));
            Basis basis = Basis.derive(
                    base,
                    new FamilyAdapterSpec(new FamilySpec.Full(), TargetModules.ALL, 1, ValueType.FP32),
                    done -> {});
            Policy zeros = new Policy(basis, new float[basis.trainedNumbers()]);
            double[] gradient = new PolicyGradient(base)
                    .gradient(zeros, SEQUENCES, 0.8, 4096, (sequence, current) -> ones(current))
                    .gradient();
            int at = 0;
            for (AdaptedModule module : base.shape().modules()) {
                float[] expected = Objects.requireNonNull(weights.gradient().get(module.path() + ".weight"));
                double difference = 0;
                for (float one : expected) difference += Math.pow(gradient[at++] - one, 2);
                assertThat(Math.sqrt(difference)).as(module.path()).isLessThan(1e-4 * norm(expected));
            }
            assertThat(at).isEqualTo(gradient.length);
        }
    }

    @Test
    void modelInBf16IsRefused() {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.BF16, 1))) {
            assertThatThrownBy(() -> new WeightGradient(base)).isInstanceOf(Failure.class);
        }
    }

    /** Sum of all log-probs of the model with one tensor moved along a direction. */
    private double sum(String name, float[] direction, double by) throws IOException {
        try (var files = Files.list(Golden.model("qwen2-tied"))) {
            for (Path file : files.toList()) {
                Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        try (Safetensors file = Safetensors.openFolder(Golden.model("qwen2-tied"))) {
            List<StoredTensor> tensors = new ArrayList<>(file.tensors());
            tensors.replaceAll(tensor -> {
                if (!tensor.name().equals(name)) return tensor;
                float[] moved = tensor.floats();
                for (int i = 0; i < moved.length; i++) moved[i] += (float) (by * direction[i]);
                return StoredTensor.of(name, moved, tensor.shape());
            });
            Files.write(folder.resolve("model.safetensors"), Safetensors.bytes(Map.of(), tensors));
        }
        try (BaseModel base = BaseModel.load(folder, FP32)) {
            return new PolicyGradient(base)
                    .logProbs(Policy.BASE, SEQUENCES, 0.8, 4096).stream()
                            .flatMapToDouble(Arrays::stream)
                            .sum();
        }
    }

    private static double norm(float[] numbers) {
        double sum = 0;
        for (float number : numbers) sum += (double) number * number;
        return Math.sqrt(sum);
    }

    private static double[] ones(double[] logProbs) {
        Arrays.fill(logProbs, 1);
        return logProbs;
    }
}
