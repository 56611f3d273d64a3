package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adapter folders that Hugging Face PEFT loads (0.19 and later). */
public final class PeftFolder {
    private static final String MODULE_PREFIX = "base_model.model.";
    private static final String VECTOR_PREFIX = "base_model.tinylora_v.";

    private PeftFolder() {}

    /**
     * The files of a folder for one policy: adapter_config.json, adapter_model.safetensors, README.md. A paper-form basis
     * is stored as A = Vᵀ, B = U Σ, so that PEFT computes the paper's update.
     *
     * @param baseName name of the base model, for the config
     * @throws Failure CALLER for the base alone and for a basis of another base
     */
    public static Map<String, byte[]> export(BaseModel base, Policy policy, String baseName) {
        Basis basis = policy.basis();
        if (basis == null) throw new Failure(Failure.Kind.CALLER, "the base alone has no adapter to export");
        if (!basis.shape().equals(base.shape())) {
            throw new Failure(Failure.Kind.CALLER, "the policy's basis is of another base model");
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("adapter_config.json", config(basis, baseName));
        files.put("adapter_model.safetensors", tensors(basis, policy.values()));
        files.put("README.md", readme(basis, baseName));
        return files;
    }

    private static byte[] tensors(Basis basis, float[] values) {
        List<StoredTensor> tensors = new ArrayList<>();
        int u = basis.spec().u();
        for (int i = 0; i < basis.modules(); i++) {
            AdaptedModule module = basis.shape().modules().get(i);
            Basis.Factors factors = basis.factors(i);
            int rank = factors.rank();
            String name = MODULE_PREFIX + module.path();
            tensors.add(StoredTensor.of(name + ".tinylora_A", factors.a(), rank, module.inWidth()));
            tensors.add(StoredTensor.of(name + ".tinylora_B", factors.b(), module.outWidth(), rank));
            tensors.add(StoredTensor.of(name + ".tinylora_P", factors.p(), u, rank, rank));
        }
        // PEFT's groups by weight_tying are not n_tie, so any tying but ALL is written as one copy of v a module.
        int vectors = basis.spec().tying() == Tying.ALL ? 1 : basis.modules();
        for (int i = 0; i < vectors; i++) {
            int slot = basis.factors(i).slot();
            tensors.add(StoredTensor.of(VECTOR_PREFIX + i, Arrays.copyOfRange(values, slot * u, (slot + 1) * u), u));
        }
        return Safetensors.bytes(Map.of("format", "pt"), tensors);
    }

    private static byte[] config(Basis basis, String baseName) {
        TinyLoraSpec spec = basis.spec();
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
        targets(basis.shape()).forEach(config.putArray("target_modules")::add);
        config.put("task_type", "CAUSAL_LM");
        config.put("tinylora_dropout", 0.0);
        config.put("u", spec.u());
        config.put("weight_tying", spec.tying() == Tying.ALL ? 1.0 : 0.0);
        return (config.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> targets(ModelShape shape) {
        return shape.modules().stream()
                .map(module -> module.path().substring(module.path().lastIndexOf('.') + 1))
                .distinct()
                .sorted()
                .toList();
    }

    private static byte[] readme(Basis basis, String baseName) {
        TinyLoraSpec spec = basis.spec();
        return """
                ---
                base_model: %s
                library_name: peft
                tags: [tinylora]
                ---
                A TinyLoRA adapter (arXiv 2602.04118) of %s with %d trained numbers: rank %d, u %d, tying %s, n_tie %d,
                sigma form %s, projection seed %d. Load it with PEFT 0.19 or later; A, B, P and v are all in the file.
                """.formatted(
                        baseName,
                        baseName,
                        basis.trainedNumbers(),
                        spec.rank(),
                        spec.u(),
                        spec.tying(),
                        spec.tieSize(),
                        spec.sigmaForm(),
                        spec.projectionSeed())
                .getBytes(StandardCharsets.UTF_8);
    }
}
