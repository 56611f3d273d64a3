package dev.thirteen.core.adapter;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which trained vector v each adapted module uses (arXiv 2602.04118, section 6.5). Slots are numbered by their first use
 * in model order, so every slot is used.
 */
public final class TiePlan {
    private static final int NONE = -1;

    private final List<Integer> modules;
    private final int[] slotOfModule;
    private final int slots;
    private final int u;

    private TiePlan(List<Integer> modules, int[] slotOfModule, int slots, int u) {
        this.modules = modules;
        this.slotOfModule = slotOfModule;
        this.slots = slots;
        this.u = u;
    }

    /**
     * The plan of an adapter on a base: 1, ⌈n·m/n_tie⌉ or m·⌈n/n_tie⌉ slots for all, tiled or structured tying, n layers of
     * which m modules each are adapted.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER when the spec chooses no module of the base
     */
    public static TiePlan of(ModelShape shape, TinyLoraSpec spec) {
        List<Integer> modules = spec.targets().of(shape);
        Map<Object, Integer> slotOfGroup = new HashMap<>();
        Map<ModuleType, Integer> before = new HashMap<>();
        int[] slotOfModule = new int[shape.modules().size()];
        Arrays.fill(slotOfModule, NONE);
        for (int i = 0; i < modules.size(); i++) {
            ModuleType type = shape.modules().get(modules.get(i)).type();
            int ofType = before.merge(type, 1, Integer::sum) - 1;
            Object group = group(i, type, ofType, spec);
            Integer slot = slotOfGroup.putIfAbsent(group, slotOfGroup.size());
            slotOfModule[modules.get(i)] = slot == null ? slotOfGroup.size() - 1 : slot;
        }
        return new TiePlan(modules, slotOfModule, slotOfGroup.size(), spec.u());
    }

    /** Indexes in {@link ModelShape#modules()} of the modules that are adapted, in model order. */
    public List<Integer> modules() {
        return modules;
    }

    /** Slot of a module that is adapted, by its index in {@link ModelShape#modules()}. */
    public int slotOf(int module) {
        if (slotOfModule[module] == NONE) throw new IllegalArgumentException("module " + module + " is not adapted");
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
        int[] modulesOf = new int[slots];
        for (int module : modules) modulesOf[slotOfModule[module]]++;
        int free = 0;
        for (int shared : modulesOf) free += (int) Math.min(u, (long) shared * rank * rank);
        return free;
    }

    /**
     * @param index among the adapted modules
     * @param ofType index among those of its type
     */
    private static Object group(int index, ModuleType type, int ofType, TinyLoraSpec spec) {
        return switch (spec.tying()) {
            case ALL -> 0;
            case TILED -> index / spec.tieSize();
            case STRUCTURED -> new NearbyOfType(type, ofType / spec.tieSize());
        };
    }

    private record NearbyOfType(ModuleType type, int tile) {}
}
