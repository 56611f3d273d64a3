package dev.thirteen.core.adapter;

import java.util.HashMap;
import java.util.Map;

/**
 * Which trained vector v each adapted module uses (arXiv 2602.04118, section 6.5). Slots are numbered by their first use
 * in model order, so every slot is used.
 */
public final class TiePlan {
    private final int[] slotOfModule;
    private final int slots;
    private final int u;

    private TiePlan(int[] slotOfModule, int slots, int u) {
        this.slotOfModule = slotOfModule;
        this.slots = slots;
        this.u = u;
    }

    /** The plan of an adapter on a base: 1, ⌈n·m/n_tie⌉ or m·⌈n/n_tie⌉ slots for all, tiled or structured tying. */
    public static TiePlan of(ModelShape shape, TinyLoraSpec spec) {
        Map<Object, Integer> slotOfGroup = new HashMap<>();
        int[] slotOfModule = new int[shape.modules().size()];
        for (int module = 0; module < slotOfModule.length; module++) {
            Object group = group(module, shape.modules().get(module), spec);
            Integer slot = slotOfGroup.putIfAbsent(group, slotOfGroup.size());
            slotOfModule[module] = slot == null ? slotOfGroup.size() - 1 : slot;
        }
        return new TiePlan(slotOfModule, slotOfGroup.size(), spec.u());
    }

    /** Slot of a module, by its index in {@link ModelShape#modules()}. */
    public int slotOf(int module) {
        return slotOfModule[module];
    }

    /** Number of distinct vectors v. */
    public int slots() {
        return slots;
    }

    /** Number of trained values: slots times u. */
    public int trainedNumbers() {
        return Math.multiplyExact(slots, u);
    }

    /**
     * Directions in which the trained values can move the modules: a slot of g modules with cores of r·r numbers has
     * min(u, g·r²) of them. More values than that only scale the step.
     */
    public int degreesOfFreedom(int rank) {
        int[] modules = new int[slots];
        for (int slot : slotOfModule) modules[slot]++;
        int free = 0;
        for (int shared : modules) free += (int) Math.min(u, (long) shared * rank * rank);
        return free;
    }

    private static Object group(int index, AdaptedModule module, TinyLoraSpec spec) {
        return switch (spec.tying()) {
            case ALL -> 0;
            case TILED -> index / spec.tieSize();
            case STRUCTURED -> new NearbyOfType(module.type(), module.layer() / spec.tieSize());
        };
    }

    private record NearbyOfType(ModuleType type, int layers) {}
}
