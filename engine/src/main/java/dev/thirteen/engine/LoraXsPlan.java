package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.LoraXs;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.engine.AdapterPlan.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * LoRA-XS with the tensor names of its reference code: A and B frozen, R trained. {@code sigma_side} says where Σ stands:
 * input (A = Σ Vᵀ, as in that code), output (B = U Σ) or both (√Σ on each side); the scale is lora_alpha / r.
 */
final class LoraXsPlan {
    private final AdapterConfig config;
    private final ModelShape shape;
    private final List<Integer> targets;
    private final float scale;

    LoraXsPlan(AdapterConfig config, ModelShape shape) {
        this.config = config;
        this.shape = shape;
        this.targets = config.targets(shape);
        this.scale = (float) (config.number("lora_alpha", 8) / config.positive("r", 8));
        String side = config.text("sigma_side", "input");
        if (!List.of("input", "output", "both").contains(side)) {
            throw config.bad("sigma_side must be input, output or both, not " + side);
        }
    }

    AdapterPlan plan() {
        List<TensorSpec> frozen = new ArrayList<>();
        List<TensorSpec> trained = new ArrayList<>();
        for (int index : targets) {
            AdaptedModule module = shape.modules().get(index);
            int rank = rank(module);
            frozen.add(new TensorSpec(a(module), rank, module.inWidth()));
            frozen.add(new TensorSpec(b(module), module.outWidth(), rank));
            trained.add(new TensorSpec(AdapterPlans.name(module, "default_lora_latent_mapping.weight"), rank, rank));
        }
        return new AdapterPlan(config, frozen, trained, this::family);
    }

    private int rank(AdaptedModule module) {
        return Math.min(config.positive("r", 8), Math.min(module.inWidth(), module.outWidth()));
    }

    private static String a(AdaptedModule module) {
        return AdapterPlans.name(module, "lora_A.weight");
    }

    private static String b(AdaptedModule module) {
        return AdapterPlans.name(module, "lora_B.weight");
    }

    private LoraXs family(Safetensors file) {
        Map<Integer, LoraXs.Factors> modules = new TreeMap<>();
        for (int index : targets) {
            AdaptedModule module = shape.modules().get(index);
            modules.put(
                    index,
                    new LoraXs.Factors(
                            rank(module),
                            scale,
                            SharedNumbers.of(file.get(a(module)).floats()),
                            SharedNumbers.of(file.get(b(module)).floats())));
        }
        return new LoraXs(modules);
    }
}
