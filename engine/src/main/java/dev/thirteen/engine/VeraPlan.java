package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.Vera;
import dev.thirteen.engine.AdapterPlan.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * VeRA as PEFT stores it: λ_d and λ_b a module, A and B once for all unless they are drawn from the key. PEFT reads stored ones
 * only where save_projection says so (0.21, vera/model.py).
 */
final class VeraPlan {
    private static final String A = "base_model.vera_A";
    private static final String B = "base_model.vera_B";
    private final AdapterConfig config;
    private final ModelShape shape;
    private final boolean drawn;
    private final boolean stored;
    private final List<Integer> targets;
    private final int rank;
    private final int widestIn;
    private final int widestOut;

    VeraPlan(AdapterConfig config, ModelShape shape, Predicate<String> stored) {
        this.config = config;
        this.shape = shape;
        this.drawn = !config.flag("save_projection", true);
        this.stored = !drawn || stored.test(A);
        this.targets = config.targets(shape);
        this.rank = config.positive("r", 256);
        this.widestIn =
                targets.stream().mapToInt(i -> module(i).inWidth()).max().orElseThrow();
        this.widestOut =
                targets.stream().mapToInt(i -> module(i).outWidth()).max().orElseThrow();
        config.requireProjections((long) rank * (widestIn + widestOut));
    }

    private AdaptedModule module(int index) {
        return shape.modules().get(index);
    }

    AdapterPlan plan() {
        List<TensorSpec> frozen =
                stored ? List.of(new TensorSpec(A, rank, widestIn), new TensorSpec(B, widestOut, rank)) : List.of();
        List<TensorSpec> trained = new ArrayList<>();
        for (int index : targets) {
            trained.add(new TensorSpec(AdapterPlans.name(module(index), "vera_lambda_d"), rank));
            trained.add(new TensorSpec(
                    AdapterPlans.name(module(index), "vera_lambda_b"),
                    module(index).outWidth()));
        }
        return new AdapterPlan(config, frozen, trained, this::family);
    }

    private Vera family(Safetensors file) {
        Map<Integer, Vera.Module> modules = new TreeMap<>();
        for (int index : targets) {
            modules.put(
                    index,
                    new Vera.Module(module(index).inWidth(), module(index).outWidth()));
        }
        if (!drawn) {
            return new Vera(rank, widestIn, file.get(A).floats(), file.get(B).floats(), modules);
        }
        // Kaiming's uniform law with fan_in the second side, A first, from one generator (PEFT 0.21, vera/model.py).
        TorchRandom random = new TorchRandom(config.whole("projection_prng_key", 0));
        double gain = Math.sqrt(3) * Math.sqrt(2);
        float[] a = random.uniform(rank * widestIn, (float) (gain / Math.sqrt(widestIn)));
        float[] b = random.uniform(widestOut * rank, (float) (gain / Math.sqrt(rank)));
        return new Vera(rank, widestIn, a, b, modules);
    }
}
