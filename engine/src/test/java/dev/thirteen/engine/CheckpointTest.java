package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final EngineOptions FP32 = new EngineOptions(Precision.FP32, 1);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "smollm2-like", "llama-biases", "mistral"})
    void logProbsAreThoseOfHuggingFace(String name) {
        check(Golden.model(name), Golden.json("models/" + name + "/expected.json"));
    }

    /** Families whose golden files are too large to commit lie beside the repository on the project's machines. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-untied-sharded", "llama3-scaled", "qwen3"})
    void logProbsOfOtherFamiliesAreThoseOfHuggingFace(String name) {
        Path model = Path.of("../../shared/golden/models").resolve(name);
        Assumptions.assumeTrue(Files.isDirectory(model), model + " is absent");
        check(model, ModelFiles.jsonIfPresent(model.resolve("expected.json")));
    }

    private static void check(Path folder, JsonNode expected) {
        try (BaseModel base = BaseModel.load(folder, FP32)) {
            PolicyGradient gradient = new PolicyGradient(base);
            List<PolicyGradient.Sequence> sequences = new ArrayList<>();
            List<double[]> logProbs = new ArrayList<>();
            for (JsonNode golden : expected.path("cases")) {
                int[] ids = Golden.ints(golden.path("ids"));
                if (ids.length < 2) continue;
                sequences.add(new PolicyGradient.Sequence(new int[] {ids[0]}, Arrays.copyOfRange(ids, 1, ids.length)));
                logProbs.add(Golden.doubles(golden.path("next_token_logprobs")));
            }
            List<double[]> current = gradient.logProbs(Policy.BASE, sequences, 1, 4096);
            for (int i = 0; i < logProbs.size(); i++) {
                assertThat(current.get(i)).containsExactly(logProbs.get(i), within(1e-4));
            }
        }
    }

    @Test
    void bf16StaysCloseToFp32() {
        JsonNode golden =
                Golden.json("models/qwen2-tied/expected.json").path("cases").get(3);
        int[] ids = Golden.ints(golden.path("ids"));
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.BF16, 1))) {
            PolicyGradient gradient = new PolicyGradient(base);
            double[] expected = Golden.doubles(golden.path("next_token_logprobs"));
            double[] current = gradient.logProbs(
                            Policy.BASE,
                            List.of(new PolicyGradient.Sequence(
                                    new int[] {ids[0]}, Arrays.copyOfRange(ids, 1, ids.length))),
                            1,
                            4096)
                    .getFirst();
            double sum = 0;
            for (int i = 0; i < expected.length; i++) sum += Math.abs(current[i] - expected[i]);
            assertThat(sum / expected.length).isLessThan(0.1);
            assertThat(base.engineBuild()).endsWith("bf16");
        }
    }

    @Test
    void namesTheArchitectureThatItDoesNotKnow() throws IOException {
        copy(json -> json.putArray("architectures").add("GPT2LMHeadModel"));
        refused("GPT2LMHeadModel");
    }

    @Test
    void namesTheTensorThatIsMisshapen() throws IOException {
        copy(json -> json.put("intermediate_size", 180));
        refused("model.layers.0.mlp.gate_proj.weight");
    }

    @Test
    void namesTheTensorThatIsMissing() throws IOException {
        copy(json -> json.put("num_hidden_layers", 4));
        refused("model.layers.3.input_layernorm.weight");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "num_hidden_layers",
                "num_attention_heads",
                "head_dim",
                "hidden_size",
                "vocab_size",
                "intermediate_size"
            })
    void numbersThatNoModelHasAreRefusedBeforeAnythingIsMade(String key) throws IOException {
        copy(json -> json.put(key, 2_000_000_000));
        refused(folder.toString());
    }

    @Test
    void anEpsilonThatIsNoneIsRefused() throws IOException {
        copy(json -> json.put("rms_norm_eps", "small"));
        refused("rms_norm_eps must be a positive number, not \"small\"");
    }

    @Test
    void aStretchingWithoutItsFactorIsRefused() throws IOException {
        copy(json -> json.putObject("rope_scaling").put("rope_type", "llama3").put("low_freq_factor", 1));
        refused("factor must be a positive number");
    }

    /** As transformers reads them: the older form counts. */
    @Test
    void ofTwoFormsOfStretchingTheOlderOneIsRead() throws IOException {
        copy(json -> {
            json.putObject("rope_parameters").put("rope_type", "default");
            json.putObject("rope_scaling").put("rope_type", "llama3").put("low_freq_factor", 1);
        });
        refused("factor must be a positive number");
        copy(json -> json.put("rope_scaling", "yes"));
        refused("rope_scaling is no JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/rope_parameters", "/rope_scaling"})
    void headsThatAreRotatedInPartAreRefused(String place) throws IOException {
        copy(json -> {
            if (!place.isEmpty()) json.putObject(place.substring(1));
            ((ObjectNode) json.at(place)).put("partial_rotary_factor", 0.5);
        });
        refused("config.json: partial_rotary_factor 0.5 is not supported");
    }

    @Test
    void twoHeadsOfATiedModelAreOneOrRefused() throws IOException {
        Path weights = Golden.model("qwen2-tied").resolve("model.safetensors");
        copy(json -> {});
        try (Safetensors file = Safetensors.open(weights)) {
            List<StoredTensor> tensors = new ArrayList<>(file.tensors());
            StoredTensor embedding = file.get("model.embed_tokens.weight");
            tensors.add(new StoredTensor("lm_head.weight", embedding.type(), embedding.shape(), embedding.data()));
            Files.write(folder.resolve("model.safetensors"), Safetensors.bytes(Map.of(), tensors));
            BaseModel.load(folder, FP32).close();
            float[] other = embedding.floats();
            other[other.length - 1] += 1;
            tensors.set(
                    tensors.size() - 1, StoredTensor.of("lm_head.weight", embedding.type(), other, embedding.shape()));
            Files.write(folder.resolve("model.safetensors"), Safetensors.bytes(Map.of(), tensors));
        }
        refused("tensor lm_head.weight is not model.embed_tokens.weight");
    }

    @Test
    void aMistralHasAWindowUnlessItsConfigSaysThatItHasNone() throws IOException {
        assertThat(positions(json -> json.put("sliding_window", 20))).isEqualTo(20);
        assertThat(positions(json -> json.putNull("sliding_window"))).isEqualTo(100_000);
        assertThat(positions(json -> json.remove("sliding_window"))).isEqualTo(4096);
    }

    private int positions(Consumer<ObjectNode> change) throws IOException {
        ObjectNode config =
                (ObjectNode) ModelFiles.jsonIfPresent(Golden.model("mistral").resolve("config.json"));
        config.put("max_position_embeddings", 100_000);
        change.accept(config);
        Files.writeString(folder.resolve("config.json"), config.toString());
        return ConfigFile.read(folder).maxPositions();
    }

    @Test
    void refusesAFileThatEndsEarly() throws IOException {
        copy(json -> {});
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));
        refused("model.safetensors");
    }

    @Test
    void digestIsThatOfConfigAndWeights() throws IOException {
        copy(json -> {});
        String digest = ModelDigest.of(folder);
        assertThat(digest).matches("sha256:[0-9a-f]{64}").isEqualTo(ModelDigest.of(folder));
        copy(json -> json.put("rope_theta", 5.0));
        assertThat(ModelDigest.of(folder)).isNotEqualTo(digest);
    }

    private void refused(String named) {
        assertThatThrownBy(() -> BaseModel.load(folder, FP32))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessageContaining(named);
    }

    private void copy(Consumer<ObjectNode> change) throws IOException {
        try (var files = Files.list(Golden.model("qwen2-tied"))) {
            for (Path file : files.toList()) {
                Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        ObjectNode config = (ObjectNode) ModelFiles.jsonIfPresent(folder.resolve("config.json"));
        change.accept(config);
        Files.writeString(folder.resolve("config.json"), config.toString());
    }
}
