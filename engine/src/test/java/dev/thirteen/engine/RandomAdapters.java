package dev.thirteen.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adapter folders of every family with random tensors. */
final class RandomAdapters {
    private static final String SEVEN =
            "\"target_modules\": [\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\", \"gate_proj\", \"up_proj\", \"down_proj\"]";

    /** Full fine-tuning of all linears. */
    static final String FULL = "{\"peft_type\": \"THIRTEEN_FULL\", " + SEVEN + "}";

    /** Configs by a name for tests. */
    static final Map<String, String> CONFIGS = configs();

    private RandomAdapters() {}

    private static Map<String, String> configs() {
        Map<String, String> configs = new LinkedHashMap<>();
        configs.put(
                "tinylora", "{\"peft_type\": \"TINYLORA\", \"r\": 2, \"u\": 3, \"weight_tying\": 0.7, " + SEVEN + "}");
        configs.put("tinylora-seeded", """
                {"peft_type": "TINYLORA", "r": 2, "u": 5, "weight_tying": 1.0, "save_projection": false,
                 "layers_to_transform": [0, 2]}
                """);
        configs.put("lora", """
                {"peft_type": "LORA", "r": 3, "lora_alpha": 6, "target_modules": ".*(q|v|up)_proj",
                 "rank_pattern": {"v_proj": 2}, "use_rslora": true}
                """);
        configs.put(
                "lora-plain",
                "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, \"target_modules\": [\"k_proj\", \"o_proj\"]}");
        configs.put("adalora", """
                {"peft_type": "ADALORA", "init_r": 4, "target_modules": ["k_proj", "down_proj"],
                 "rank_pattern": {"model.layers.0.self_attn.k_proj.lora_E": [true, false, true, false],
                                  "model.layers.1.mlp.down_proj.lora_E": [false, false, false, false]}}
                """);
        configs.put("vera", "{\"peft_type\": \"VERA\", \"r\": 6, \"target_modules\": [\"q_proj\", \"down_proj\"]}");
        configs.put("lora-xs", "{\"peft_type\": \"LORA_XS\", \"r\": 3, \"lora_alpha\": 4, " + SEVEN + "}");
        configs.put("sharelora", "{\"peft_type\": \"SHARELORA\", \"r\": 2, \"shared\": \"A\", " + SEVEN + "}");
        configs.put("weightlora", "{\"peft_type\": \"WEIGHTLORA\", \"r\": 2, \"target_modules\": \"all-linear\"}");
        configs.put("bitfit", "{\"peft_type\": \"BITFIT\"}");
        configs.put(
                "bitfit-added",
                "{\"peft_type\": \"BITFIT\", \"add_biases\": true, \"target_modules\": \"all-linear\"}");
        return configs;
    }

    /** Writes a folder for a config, with numbers that move the model visibly. */
    static Path write(Path folder, BaseModel base, String config, long seed) throws IOException {
        boolean seeded = config.contains("\"save_projection\": false");
        AdapterPlan plan = AdapterPlans.of(AdapterConfig.of("test", config), base.config(), name -> !seeded);
        List<StoredTensor> tensors = new ArrayList<>();
        List<AdapterPlan.TensorSpec> specs = new ArrayList<>(plan.frozen());
        specs.addAll(plan.trained());
        for (AdapterPlan.TensorSpec spec : specs) {
            float[] numbers = new TorchRandom(seed + specs.indexOf(spec)).normal(spec.elements(), 0.3);
            tensors.add(StoredTensor.of(spec.name(), numbers, spec.shape()));
        }
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("adapter_config.json"), config, StandardCharsets.UTF_8);
        Files.write(folder.resolve("adapter_model.safetensors"), Safetensors.bytes(Map.of("format", "pt"), tensors));
        return folder;
    }

    static Policy policy(Path folder, BaseModel base, String config, long seed) throws IOException {
        return AdapterFolder.read(base, write(folder, base, config, seed)).policy();
    }
}
