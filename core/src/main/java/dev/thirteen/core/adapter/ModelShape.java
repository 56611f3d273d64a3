package dev.thirteen.core.adapter;

import java.util.List;

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
        return modules.stream()
                .mapToInt(module -> Math.min(module.inWidth(), module.outWidth()))
                .min()
                .orElseThrow();
    }
}
