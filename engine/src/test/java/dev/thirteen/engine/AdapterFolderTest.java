package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.Vera;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adapter folder must not get away with. */
class AdapterFolderTest {
    private static BaseModel qwen;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        qwen = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
    }

    @AfterAll
    static void close() {
        qwen.close();
    }

    @Test
    void missingVectorIsNoZero() throws IOException {
        rewrite(tensors -> tensors.removeIf(tensor -> tensor.name().equals("base_model.tinylora_v.0")));
        refused("lacks tensor base_model.tinylora_v.0");
    }

    @Test
    void missingFactorIsNotRecomputed() throws IOException {
        rewrite(tensors -> tensors.removeIf(tensor -> tensor.name().endsWith("layers.1.mlp.up_proj.tinylora_A")));
        refused("lacks tensor base_model.model.model.layers.1.mlp.up_proj.tinylora_A");
    }

    /** Where none is stored, all are drawn; PEFT draws a single one, too, and says nothing. */
    @Test
    void missingProjectionIsNotDrawnBesideStoredOnes() throws IOException {
        rewrite(tensors -> tensors.removeIf(tensor -> tensor.name().endsWith("layers.1.mlp.up_proj.tinylora_P")));
        refused("lacks tensor base_model.model.model.layers.1.mlp.up_proj.tinylora_P");
    }

    @Test
    void tensorThatNobodyAskedForIsNamed() throws IOException {
        rewrite(tensors -> tensors.add(StoredTensor.of("base_model.tinylora_v.9", new float[3], 3)));
        refused("tensor base_model.tinylora_v.9, which the config does not ask for");
    }

    @Test
    void misshapenTensorIsNamed() throws IOException {
        rewrite(tensors -> tensors.replaceAll(tensor -> tensor.name().equals("base_model.tinylora_v.1")
                ? StoredTensor.of(tensor.name(), new float[4], 4)
                : tensor));
        refused("tensor base_model.tinylora_v.1 has shape [4], [3] is expected");
    }

    @Test
    void numberThatIsNotFiniteIsNamed() throws IOException {
        rewrite(tensors -> tensors.replaceAll(tensor -> tensor.name().equals("base_model.tinylora_v.1")
                ? StoredTensor.of(tensor.name(), new float[] {1, Float.NaN, 1}, 3)
                : tensor));
        refused("base_model.tinylora_v.1 has the value NaN");
    }

    @Test
    void folderIsReadFromItsFilesToo() throws IOException {
        RandomAdapters.write(folder, qwen, config("vera"), 1);
        String text = Files.readString(folder.resolve("adapter_config.json"));
        Path tensors = Files.move(folder.resolve("adapter_model.safetensors"), folder.resolve("sha256-1234"));

        AdapterFolder read = AdapterFolder.read(qwen, text, tensors);

        assertThat(read.policy().values())
                .isEqualTo(
                        RandomAdapters.policy(folder, qwen, config("vera"), 1).values());
        assertThatThrownBy(() -> AdapterFolder.read(qwen, config("lora"), tensors))
                .hasMessageStartingWith("adapter_model.safetensors lacks tensor");
        assertThatThrownBy(() -> AdapterFolder.read(qwen, "{", tensors))
                .hasMessageStartingWith("adapter_config.json is no JSON");
    }

    /** As PEFT reads it, which warns of it. */
    @Test
    void storedProjectionsCountOnlyWhereTheConfigSaysSo() throws IOException {
        String seeded = config("vera").replace("}", ", \"save_projection\": false}");
        RandomAdapters.write(folder, qwen, config("vera"), 1);
        Vera stored = vera();
        Files.writeString(folder.resolve("adapter_config.json"), seeded);
        Vera ignored = vera();
        RandomAdapters.write(folder, qwen, seeded, 1);
        Vera drawn = vera();

        assertThat(ignored.a()).isEqualTo(drawn.a()).isNotEqualTo(stored.a());
        assertThat(ignored.b()).isEqualTo(drawn.b()).isNotEqualTo(stored.b());
    }

    private Vera vera() {
        Policy policy = AdapterFolder.read(qwen, folder).policy();
        return (Vera) Objects.requireNonNull(policy.basis()).family();
    }

    private void rewrite(Consumer<List<StoredTensor>> change) throws IOException {
        RandomAdapters.write(folder, qwen, config("tinylora"), 1);
        Path path = folder.resolve("adapter_model.safetensors");
        byte[] original = Files.readAllBytes(path);
        try (Safetensors file = Safetensors.of("test", original)) {
            List<StoredTensor> tensors = new ArrayList<>(file.tensors());
            change.accept(tensors);
            Files.write(path, Safetensors.bytes(Map.of(), tensors));
        }
    }

    private static String config(String family) {
        return Objects.requireNonNull(RandomAdapters.CONFIGS.get(family));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'peft_type': 'PREFIX_TUNING'}                              | peft_type 'PREFIX_TUNING' is not supported",
                "{'peft_type': 'LORA', 'use_dora': true}                     | use_dora true is not supported",
                "{'peft_type': 'LORA', 'lora_bias': true}                    | lora_bias true is not supported",
                "{'peft_type': 'LORA', 'kasa_config': {'beta': 0.1}}         | kasa_config {\"beta\":0.1} is not supported",
                "{'peft_type': 'LORA', 'target_modules': ['embed_tokens']}   | the target model.embed_tokens is not supported",
                "{'peft_type': 'LORA', 'bias': 'all'}                        | bias \"all\" is not supported",
                "{'peft_type': 'LORA', 'modules_to_save': ['lm_head']}       | modules_to_save [\"lm_head\"] is not supported",
                "{'peft_type': 'LORA', 'init_lora_weights': 'pissa'}         | init_lora_weights \"pissa\" is not supported",
                "{'peft_type': 'LORA', 'target_modules': ['lm_head']}        | the target lm_head is not supported",
                "{'peft_type': 'LORA', 'modules_to_save': 'lm_head'}         | modules_to_save \"lm_head\" is not supported",
                "{'peft_type': 'LORA', 'use_bdlora': true}                   | use_bdlora true is not supported",
                "{'peft_type': 'LORA', 'rank_pattern': {'q_proj': 4.5}}      | rank_pattern gives model.layers.0.self_attn.q_proj the rank 4.5",
                "{'peft_type': 'LORA', 'rank_pattern': [4]}                  | rank_pattern is no JSON object",
                "{'peft_type': 'LORA', 'layers_to_transform': [0.5]}         | layers_to_transform has 0.5, no whole number",
                "{'peft_type': 'LORA', 'layers_to_transform': 1, 'layers_pattern': 'h'}      | chooses no module of the model",
                "{'peft_type': 'LORA', 'layers_to_transform': 1, 'layers_pattern': 5}        | layers_pattern has 5, no text",
                "{'peft_type': 'LORA', 'target_modules': ['c_attn']}         | chooses no module of the model",
                "{'peft_type': 'LORA', 'target_modules': '(q_proj'}          | the expression (q_proj cannot be read",
                "{'peft_type': 'LORA', 'target_modules': '.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*!'} | cannot be read: it takes too long",
                "{'peft_type': 'LORA', 'rank_pattern': {'.*.*.*.*.*.*.*.*.*.*.*.*!': 2}}     | cannot be read: it takes too long",
                "{'peft_type': 'TINYLORA', 'u': 65536, 'r': 64, 'save_projection': false}    | numbers of projections, at most",
                "{'peft_type': 'LORA', 'r': 0}                               | r must be 1 to 65536, not 0",
                "{'peft_type': 'LORA', 'r': 'eight'}                         | r must be a whole number",
                "{'peft_type': 'TINYLORA', 'weight_tying': 1.5}              | weight_tying must be 0 to 1, not 1.5",
                "{'peft_type': 'BITFIT', 'target_modules': ['o_proj']}       | o_proj has no bias in this base",
                "[]                                                          | is no JSON object"
            })
    void configThatCannotBeDoneIsRefusedByItsKey(String config, String reason) throws IOException {
        RandomAdapters.write(folder, qwen, config("tinylora"), 1);
        Files.writeString(folder.resolve("adapter_config.json"), config.replace('\'', '"'));
        refused(reason);
    }

    @Test
    void baseWithoutBiasesHasNoneToTrain() throws IOException {
        try (BaseModel llama = BaseModel.load(Golden.model("smollm2-like"), new EngineOptions(Precision.FP32, 1))) {
            Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"BITFIT\"}");
            Files.write(folder.resolve("adapter_model.safetensors"), Safetensors.bytes(Map.of(), List.of()));
            assertThatThrownBy(() -> AdapterFolder.read(llama, folder))
                    .hasMessageContaining("the base is of the family llama, whose linears have no biases");
        }
    }

    @Test
    void pickleIsNotRead() throws IOException {
        RandomAdapters.write(folder, qwen, config("lora"), 1);
        Files.move(folder.resolve("adapter_model.safetensors"), folder.resolve("adapter_model.bin"));
        refused("adapter_model.bin, a pickle");
    }

    private void refused(String reason) {
        assertThatThrownBy(() -> AdapterFolder.read(qwen, folder))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessageContaining(reason);
    }
}
