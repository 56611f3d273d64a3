package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.PeftGroups;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import java.nio.file.Path;
import java.util.List;

/** Reads TinyLoRA adapters as PEFT saves them. */
final class PeftAdapters {
    private PeftAdapters() {}

    /** The policy of an adapter folder on a base of this shape; A, B and P must be in the file. */
    static Policy read(Path folder, ModelShape shape) {
        JsonNode config = ModelFiles.jsonIfPresent(folder.resolve("adapter_config.json"));
        int u = config.path("u").intValue();
        List<AdaptedModule> modules = shape.modules();
        PeftGroups groups =
                PeftGroups.of(modules.size(), config.path("weight_tying").doubleValue());
        try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            Basis.Factors[] factors = new Basis.Factors[modules.size()];
            for (int i = 0; i < factors.length; i++) {
                factors[i] = factors(file, modules.get(i).path(), groups.groupOf(i));
            }
            float[] values = new float[groups.groups() * u];
            for (int g = 0; g < groups.groups(); g++) {
                System.arraycopy(file.get("base_model.tinylora_v." + g, u).floats(), 0, values, g * u, u);
            }
            return new Policy(
                    Basis.of(shape, "sha256:of-a-peft-file", spec(config, groups, modules.size()), factors), values);
        }
    }

    private static Basis.Factors factors(Safetensors file, String path, int group) {
        String name = "base_model.model." + path;
        StoredTensor a = file.get(name + ".tinylora_A");
        int rank = Math.toIntExact(a.shape()[0]);
        return new Basis.Factors(
                group,
                rank,
                a.floats(),
                file.get(name + ".tinylora_B").floats(),
                file.get(name + ".tinylora_P").floats(),
                new float[rank]);
    }

    private static TinyLoraSpec spec(JsonNode config, PeftGroups groups, int modules) {
        return new TinyLoraSpec(
                config.path("r").intValue(),
                config.path("u").intValue(),
                groups.groups() == 1 ? Tying.ALL : Tying.TILED,
                groups.groups() == 1 ? 1 : modules / groups.groups(),
                SigmaForm.SQRT,
                config.path("projection_seed").longValue(),
                ValueType.FP32);
    }
}
