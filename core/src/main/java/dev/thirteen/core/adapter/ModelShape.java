package dev.thirteen.core.adapter;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What an adapter needs to know of a base model.
 *
 * @param layers number of decoder layers (n in the paper)
 * @param modules adapted modules in model order: layer by layer q, k, v, o, gate, up, down
 */
public record ModelShape(int layers, List<AdaptedModule> modules) {
    public ModelShape {
        modules = List.copyOf(modules);
        if (layers < 1 || modules.isEmpty()) throw new IllegalArgumentException("a model has layers and modules");
    }

    /** Largest rank that an adapter can have: no weight has more singular values than its smaller side is long. */
    public int maxRank() {
        return maxRank(IntStream.range(0, modules.size()).boxed().toList());
    }

    /** The same of an adapter of some modules, given by their indexes. */
    public int maxRank(List<Integer> targets) {
        return targets.stream()
                .map(modules::get)
                .mapToInt(module -> Math.min(module.inWidth(), module.outWidth()))
                .min()
                .orElseThrow();
    }
}
