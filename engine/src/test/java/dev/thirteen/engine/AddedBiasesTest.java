package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Biases that a base lacks, in its merged checkpoint. */
class AddedBiasesTest {
    private static final EngineOptions FP32 = new EngineOptions(Precision.FP32, 1);
    private static final String OF_ATTENTION =
            "{\"peft_type\": \"BITFIT\", \"add_biases\": true, \"target_modules\": [\"k_proj\", \"o_proj\"]}";
    private static final String OF_ALL =
            "{\"peft_type\": \"BITFIT\", \"add_biases\": true, \"target_modules\": \"all-linear\"}";

    @TempDir
    private Path folder;

    private static double[] logProbs(BaseModel base, Policy policy, int[] ids) {
        PolicyGradient.Sequence sequence =
                new PolicyGradient.Sequence(Arrays.copyOf(ids, 1), Arrays.copyOfRange(ids, 1, ids.length));
        return new PolicyGradient(base)
                .logProbs(policy, List.of(sequence), 1, 4096)
                .getFirst();
    }

    /** Made by transformers' LlamaForCausalLM with attention_bias and mlp_bias; biases of q and up alone are not zero. */
    @Test
    void aLlamaWithBiasesIsWhatHuggingFaceComputes() {
        JsonNode input = Golden.json("adapters/bitfit-llama/expected.json")
                .path("inputs")
                .path(0);
        int[] ids = Golden.ints(input.path("ids"));
        double[] expected = Golden.doubles(input.path("next_token_logprobs"));
        try (BaseModel base = BaseModel.load(Golden.model("smollm2-like"), FP32)) {
            Policy policy = AdapterFolder.read(base, Golden.path("adapters/bitfit-llama"))
                    .policy();
            assertThat(logProbs(base, policy, ids)).containsExactly(expected, within(1e-4));
            MergedCheckpoint.write(base, policy, folder);
        }
        JsonNode config = ModelFiles.jsonIfPresent(folder.resolve("config.json"));
        assertThat(config.path("attention_bias").asBoolean()).isTrue();
        assertThat(config.path("mlp_bias").asBoolean()).isTrue();
        try (Safetensors file = Safetensors.openFolder(folder)) {
            assertThat(file.get("model.layers.3.self_attn.v_proj.bias", 24).floats())
                    .containsOnly(0);
        }
        try (BaseModel merged = BaseModel.load(folder, FP32)) {
            assertThat(logProbs(merged, Policy.BASE, ids)).containsExactly(expected, within(1e-4));
        }
    }

    @Test
    void qwen3TakesThoseOfAttention() throws IOException {
        Path model = RandomModels.write(folder.resolve("model"), "qwen3", 5, config -> {});
        int[] ids = {5, 101, 42, 7, 300, 64, 9};
        try (BaseModel base = BaseModel.load(model, FP32)) {
            Policy policy = RandomAdapters.policy(folder.resolve("adapter"), base, OF_ATTENTION, 2);
            MergedCheckpoint.write(base, policy, folder.resolve("merged"));
            try (BaseModel merged = BaseModel.load(folder.resolve("merged"), FP32)) {
                assertThat(merged.config().biases()).isEqualTo(new ModelConfig.Biases(true, true, false));
                assertThat(logProbs(merged, Policy.BASE, ids))
                        .containsExactly(logProbs(base, policy, ids), within(1e-4));
            }
            Policy all = RandomAdapters.policy(folder.resolve("all"), base, OF_ALL, 2);
            refused(base, all, "mlp.gate_proj", "Qwen3ForCausalLM");
        }
    }

    @Test
    void qwen2AndMistralHaveNoPlaceForThem() throws IOException {
        for (String name : List.of("qwen2-tied", "mistral")) {
            try (BaseModel base = BaseModel.load(Golden.model(name), FP32)) {
                Policy policy = RandomAdapters.policy(folder.resolve(name), base, OF_ATTENTION, 2);
                boolean qwen = name.startsWith("qwen");
                refused(base, policy, qwen ? "o_proj" : "k_proj", qwen ? "Qwen2ForCausalLM" : "MistralForCausalLM");
            }
        }
    }

    private void refused(BaseModel base, Policy policy, String module, String architecture) {
        Path nowhere = folder.resolve("refused");
        assertThatThrownBy(() -> MergedCheckpoint.write(base, policy, nowhere))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessageContaining("%s cannot be merged: %s of Hugging Face has no place", module, architecture);
        assertThat(nowhere).doesNotExist();
    }
}
