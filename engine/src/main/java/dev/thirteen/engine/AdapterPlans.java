package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaLora;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.BitFit;
import dev.thirteen.core.adapter.FullWeights;
import dev.thirteen.core.adapter.Lora;
import dev.thirteen.core.adapter.LoraShape;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ShareLora;
import dev.thirteen.core.adapter.WeightLora;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.AdapterPlan.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Which tensors each family has, by PEFT's names; what a config asks for beyond the engine is refused. */
final class AdapterPlans {
    /** In front of a module's path in an adapter file. */
    static final String PREFIX = "base_model.model.";

    /** Of full fine-tuning, for which PEFT has no type. */
    static final String FULL = "THIRTEEN_FULL";

    /** What makes another function of a LoRA, wherever it is set (PEFT 0.21, lora/config.py). */
    private static final List<String> EXTRAS = List.of(
            "layer_replication",
            "trainable_token_indices",
            "target_parameters",
            "alora_invocation_tokens",
            "arrow_config",
            "use_bdlora",
            "kasa_config",
            "monteclora_config");

    private final AdapterConfig config;
    private final ModelConfig model;
    private final ModelShape shape;
    private final List<TensorSpec> trained = new ArrayList<>();

    private AdapterPlans(AdapterConfig config, ModelConfig model) {
        this.config = config;
        this.model = model;
        this.shape = model.shape();
    }

    /**
     * The plan of a config on a base.
     *
     * @param stored whether the file has a tensor of this name: seeded projections may be left out
     * @throws Failure CALLER naming the key that cannot be done
     */
    static AdapterPlan of(AdapterConfig config, ModelConfig model, Predicate<String> stored) {
        AdapterPlans plans = new AdapterPlans(config, model);
        config.refuse("bias", !config.text("bias", "none").equals("none"));
        config.refuse("fan_in_fan_out", config.flag("fan_in_fan_out", false));
        config.refuseSet("modules_to_save");
        return switch (config.type()) {
            case "TINYLORA" -> new TinyLoraPlan(config, plans.shape, stored).plan();
            case "VERA" -> new VeraPlan(config, plans.shape, stored).plan();
            case "LORA" -> plans.lora((path, module) -> plans.loraShape(path, module), Lora::new);
            case "ADALORA" -> plans.adaLora();
            case "LORA_XS" -> new LoraXsPlan(config, plans.shape).plan();
            case "SHARELORA" -> plans.shareLora();
            case "WEIGHTLORA" -> plans.weightLora();
            case "BITFIT" -> plans.bitFit();
            case FULL -> plans.full();
            default ->
                throw config.bad("peft_type '%s' is not supported; known are TINYLORA, LORA, ADALORA, VERA, LORA_XS,"
                                .formatted(config.type())
                        + " SHARELORA, WEIGHTLORA, BITFIT");
        };
    }

    static String name(AdaptedModule module, String tensor) {
        return PREFIX + module.path() + "." + tensor;
    }

    private AdapterPlan plan(AdapterFamily family) {
        return new AdapterPlan(config, List.of(), trained, file -> family);
    }

    private void refuseLoraExtras() {
        for (String key : List.of("use_dora", "use_qalora", "lora_bias")) {
            config.refuse(key, config.flag(key, false));
        }
        EXTRAS.forEach(config::refuseSet);
        // These change the base's weights when PEFT loads the adapter.
        String start = config.get("init_lora_weights").asText("").toLowerCase(Locale.ROOT);
        boolean changes =
                List.of("pissa", "olora", "loftq", "corda", "lora_ga").stream().anyMatch(start::startsWith);
        config.refuse("init_lora_weights", changes);
    }

    private Map<Integer, LoraShape> shapes(BiFunction<String, AdaptedModule, LoraShape> of) {
        refuseLoraExtras();
        Map<Integer, LoraShape> shapes = new TreeMap<>();
        for (int i : config.targets(shape)) {
            AdaptedModule module = shape.modules().get(i);
            shapes.put(i, of.apply(module.path(), module));
        }
        return shapes;
    }

    private AdapterPlan lora(
            BiFunction<String, AdaptedModule, LoraShape> of,
            java.util.function.Function<Map<Integer, LoraShape>, AdapterFamily> family) {
        Map<Integer, LoraShape> shapes = shapes(of);
        shapes.forEach((i, one) -> addFactors(shape.modules().get(i), one, ".weight"));
        return plan(family.apply(shapes));
    }

    private void addFactors(AdaptedModule module, LoraShape one, String suffix) {
        trained.add(new TensorSpec(name(module, "lora_A" + suffix), one.rank(), one.in()));
        trained.add(new TensorSpec(name(module, "lora_B" + suffix), one.out(), one.rank()));
    }

    /** s = α/r, or α/√r for rsLoRA (arXiv 2312.03732), each by its pattern. */
    private LoraShape loraShape(String path, AdaptedModule module) {
        double wanted = config.pattern("rank_pattern", path, config.positive("r", 8));
        int rank = (int) wanted;
        if (rank < 1 || rank != wanted) throw config.bad("rank_pattern gives %s the rank %s".formatted(path, wanted));
        double alpha = config.pattern("alpha_pattern", path, config.number("lora_alpha", 8));
        double scale = alpha / (config.flag("use_rslora", false) ? Math.sqrt(rank) : rank);
        return new LoraShape(rank, module.inWidth(), module.outWidth(), (float) scale);
    }

    /** rank_pattern says which of init_r triplets pruning kept; the divisor stays init_r. */
    private AdapterPlan adaLora() {
        int initial = config.positive("init_r", 12);
        double alpha = config.number("lora_alpha", 8);
        Map<Integer, LoraShape> shapes = shapes((path, module) -> {
            int kept = kept(path, initial);
            // PEFT takes what is kept for an alpha that is not positive (0.21, adalora/layer.py).
            double scale = (alpha > 0 ? alpha : kept) / (initial + 1e-5);
            return new LoraShape(kept, module.inWidth(), module.outWidth(), (float) scale);
        });
        shapes.forEach((i, one) -> {
            AdaptedModule module = shape.modules().get(i);
            addFactors(module, one, "");
            trained.add(new TensorSpec(name(module, "lora_E"), one.rank(), 1));
        });
        return plan(new AdaLora(shapes));
    }

    private int kept(String path, int initial) {
        var mask = config.get("rank_pattern").path(path + ".lora_E");
        if (!mask.isArray()) return initial;
        int kept = 0;
        for (var one : mask) if (one.asBoolean(false)) kept++;
        return kept;
    }

    private AdapterPlan shareLora() {
        ShareLora.Shared shared = switch (config.text("shared", "A").toUpperCase(Locale.ROOT)) {
            case "A" -> ShareLora.Shared.A;
            case "B" -> ShareLora.Shared.B;
            case "BOTH" -> ShareLora.Shared.BOTH;
            default -> throw config.bad("shared must be A, B or both, not " + config.get("shared"));
        };
        Map<Integer, LoraShape> shapes = shapes(this::loraShape);
        ShareLora family = new ShareLora(shape, shared, shapes);
        Set<Integer> seen = new HashSet<>();
        shapes.forEach((i, one) -> {
            AdaptedModule module = shape.modules().get(i);
            if (seen.add(family.firstA(i))) {
                trained.add(new TensorSpec(name(module, "lora_A.weight"), one.rank(), one.in()));
            }
            if (seen.add(family.firstB(i))) {
                trained.add(new TensorSpec(name(module, "lora_B.weight"), one.out(), one.rank()));
            }
        });
        return plan(family);
    }

    private AdapterPlan weightLora() {
        Map<Integer, LoraShape> shapes = shapes(this::loraShape);
        shapes.forEach((i, one) -> {
            AdaptedModule module = shape.modules().get(i);
            addFactors(module, one, ".weight");
            trained.add(new TensorSpec(name(module, "lora_weight"), 1));
        });
        return plan(new WeightLora(shapes));
    }

    private AdapterPlan full() {
        Map<Integer, AdaptedModule> modules = new TreeMap<>();
        for (int i : config.targets(shape)) {
            AdaptedModule module = shape.modules().get(i);
            modules.put(i, module);
            trained.add(new TensorSpec(name(module, "delta_weight"), module.outWidth(), module.inWidth()));
        }
        return plan(new FullWeights(modules));
    }

    private AdapterPlan bitFit() {
        boolean added = config.flag("add_biases", false);
        boolean named = config.get("target_modules").isArray()
                || config.get("target_modules").isTextual();
        Map<Integer, Integer> widths = new TreeMap<>();
        for (int i = 0; i < shape.modules().size(); i++) {
            AdaptedModule module = shape.modules().get(i);
            boolean exists = model.biases().of(module.type());
            if (named ? !config.targets(shape).contains(i) : !(exists || added)) continue;
            if (!exists && !added) {
                throw config.bad(
                        "%s has no bias in this base; add_biases: true would add one".formatted(module.path()));
            }
            widths.put(i, module.outWidth());
            trained.add(new TensorSpec(name(module, "bias_delta"), module.outWidth()));
        }
        if (widths.isEmpty()) {
            throw config.bad(
                    "the base is of the family %s, whose linears have no biases; add_biases: true would add them"
                            .formatted(model.family().modelType()));
        }
        return plan(new BitFit(widths));
    }
}
