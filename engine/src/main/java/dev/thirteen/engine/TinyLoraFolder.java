package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A derived TinyLoRA as an adapter folder that Hugging Face PEFT loads (0.19 and later). */
final class TinyLoraFolder {
    private static final String VECTOR_PREFIX = "base_model.tinylora_v.";

    private TinyLoraFolder() {}

    /**
     * The files of a folder for one policy. A paper-form basis is stored as A = Vᵀ, B = U Σ, so that PEFT computes the
     * paper's update.
     */
    static Map<String, byte[]> files(Basis basis, float[] values, String baseName) {
        TinyLoraSpec spec = basis.tinyLora().orElseThrow();
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("adapter_config.json", config(basis.shape(), spec, baseName));
        files.put("adapter_model.safetensors", tensors(basis, spec, values));
        files.put("README.md", readme(basis, spec, baseName));
        return files;
    }

    private static byte[] tensors(Basis basis, TinyLoraSpec spec, float[] values) {
        List<StoredTensor> tensors = new ArrayList<>();
        int u = spec.u();
        TinyLora family = (TinyLora) basis.family();
        List<Integer> modules = spec.targets().of(basis.shape());
        for (int index : modules) {
            AdaptedModule module = basis.shape().modules().get(index);
            TinyLora.Factors factors = family.factors(index);
            int rank = factors.rank();
            tensors.add(StoredTensor.of(AdapterPlans.name(module, "tinylora_A"), factors.a(), rank, module.inWidth()));
            tensors.add(StoredTensor.of(AdapterPlans.name(module, "tinylora_B"), factors.b(), module.outWidth(), rank));
            tensors.add(StoredTensor.of(AdapterPlans.name(module, "tinylora_P"), factors.p(), u, rank, rank));
        }
        // PEFT's groups by weight_tying are not n_tie, so any tying but ALL is written as one copy of v a module.
        int vectors = spec.tying() == Tying.ALL ? 1 : modules.size();
        for (int i = 0; i < vectors; i++) {
            int slot = family.factors(modules.get(i)).slot();
            tensors.add(StoredTensor.of(VECTOR_PREFIX + i, Arrays.copyOfRange(values, slot * u, (slot + 1) * u), u));
        }
        return Safetensors.bytes(Map.of("format", "pt"), tensors);
    }

    private static byte[] config(ModelShape shape, TinyLoraSpec spec, String baseName) {
        ObjectNode config = ModelFiles.JSON.createObjectNode();
        config.put("base_model_name_or_path", baseName);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("inference_mode", true);
        config.put("init_weights", true);
        config.put("peft_type", "TINYLORA");
        config.put("projection_seed", spec.projectionSeed());
        config.put("r", spec.rank());
        config.put("save_projection", true);
        TargetModules.written(shape, spec.targets().of(shape)).forEach(config.putArray("target_modules")::add);
        config.put("task_type", "CAUSAL_LM");
        config.put("tinylora_dropout", 0.0);
        config.put("u", spec.u());
        config.put("weight_tying", spec.tying() == Tying.ALL ? 1.0 : 0.0);
        return (config.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] readme(Basis basis, TinyLoraSpec spec, String baseName) {
        return """
                ---
                base_model: %s
                library_name: peft
                tags: [tinylora]
                ---
                A TinyLoRA adapter (arXiv 2602.04118) of %s with %d trained numbers: rank %d, u %d, tying %s, n_tie %d,
                sigma form %s, projection seed %d, modules %s. Load it with PEFT 0.19 or later; A, B, P and v are all in the file.
                """.formatted(
                        baseName,
                        baseName,
                        basis.trainedNumbers(),
                        spec.rank(),
                        spec.u(),
                        spec.tying(),
                        spec.tieSize(),
                        spec.sigmaForm(),
                        spec.projectionSeed(),
                        spec.targets())
                .getBytes(StandardCharsets.UTF_8);
    }
}
