package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.PeftGroups;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.engine.AdapterPlan.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * TinyLoRA as PEFT stores it (0.21, tinylora/layer.py): A and B always, P of all modules or of none, which is drawn from the
 * seed then, and one v a group.
 */
final class TinyLoraPlan {
    private static final String VECTOR = "base_model.tinylora_v.";

    private final AdapterConfig config;
    private final ModelShape shape;
    private final boolean stored;
    private final List<Integer> targets;
    private final int u;
    private final PeftGroups groups;

    TinyLoraPlan(AdapterConfig config, ModelShape shape, Predicate<String> stored) {
        this.config = config;
        this.shape = shape;
        this.targets = config.targets(shape);
        this.stored =
                targets.stream().anyMatch(index -> stored.test(p(shape.modules().get(index))));
        this.u = config.positive("u", 64);
        double tying = config.number("weight_tying", 0);
        if (!(tying >= 0 && tying <= 1)) throw config.bad("weight_tying must be 0 to 1, not " + tying);
        this.groups = PeftGroups.of(targets.size(), tying);
        config.requireProjections(targets.stream()
                .mapToInt(index -> rank(shape.modules().get(index)))
                .mapToLong(rank -> (long) u * rank * rank)
                .sum());
    }

    AdapterPlan plan() {
        List<TensorSpec> frozen = new ArrayList<>();
        for (int index : targets) {
            AdaptedModule module = shape.modules().get(index);
            int rank = rank(module);
            frozen.add(new TensorSpec(a(module), rank, module.inWidth()));
            frozen.add(new TensorSpec(b(module), module.outWidth(), rank));
            if (stored) frozen.add(new TensorSpec(p(module), u, rank, rank));
        }
        List<TensorSpec> trained = new ArrayList<>();
        for (int group = 0; group < groups.groups(); group++) trained.add(new TensorSpec(VECTOR + group, u));
        return new AdapterPlan(config, frozen, trained, this::family);
    }

    private static String a(AdaptedModule module) {
        return AdapterPlans.name(module, "tinylora_A");
    }

    private static String b(AdaptedModule module) {
        return AdapterPlans.name(module, "tinylora_B");
    }

    private static String p(AdaptedModule module) {
        return AdapterPlans.name(module, "tinylora_P");
    }

    private int rank(AdaptedModule module) {
        return Math.min(config.positive("r", 2), Math.min(module.inWidth(), module.outWidth()));
    }

    private TinyLora family(Safetensors file) {
        Map<Integer, TinyLora.Factors> modules = new TreeMap<>();
        for (int i = 0; i < targets.size(); i++) {
            AdaptedModule module = shape.modules().get(targets.get(i));
            modules.put(
                    targets.get(i),
                    new TinyLora.Factors(
                            groups.groupOf(i),
                            rank(module),
                            SharedNumbers.of(file.get(a(module)).floats()),
                            SharedNumbers.of(file.get(b(module)).floats()),
                            projection(file, module, i),
                            new float[0]));
        }
        return new TinyLora(u, modules);
    }

    /** PEFT reads a stored P only where save_projection says so; else it draws P from projection_seed + index. */
    private float[] projection(Safetensors file, AdaptedModule module, int index) {
        if (stored && config.flag("save_projection", true)) {
            return file.get(p(module)).floats();
        }
        int rank = rank(module);
        return new TorchRandom(config.whole("projection_seed", 42) + index)
                .normal(Math.multiplyExact(u, rank * rank), 1 / Math.sqrt(rank));
    }
}
