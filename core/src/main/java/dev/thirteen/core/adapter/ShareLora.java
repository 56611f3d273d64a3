package dev.thirteen.core.adapter;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * ShareLoRA (arXiv 2406.10785): LoRA whose A, B or both are shared by all layers' modules of equal type and width. Values
 * stand in model order: A, then B, of each module, a shared one where its first module stands.
 */
public final class ShareLora implements AdapterFamily {
    /** Which factors are shared. */
    public enum Shared {
        A,
        B,
        BOTH
    }

    private record Place(LoraShape shape, int a, int b) {}

    private record Group(ModuleType type, int in, int out, int rank) {}

    private final SortedMap<Integer, Place> modules = new TreeMap<>();
    private final Shared shared;
    private final int total;

    /** @param shapes by index in model order */
    public ShareLora(ModelShape model, Shared shared, Map<Integer, LoraShape> shapes) {
        Map<Group, Long> sharedA = new LinkedHashMap<>();
        Map<Group, Long> sharedB = new LinkedHashMap<>();
        long next = 0;
        for (Map.Entry<Integer, LoraShape> entry : new TreeMap<>(shapes).entrySet()) {
            LoraShape shape = entry.getValue();
            Group group = new Group(model.modules().get(entry.getKey()).type(), shape.in(), shape.out(), shape.rank());
            Long a = shared == Shared.B ? null : sharedA.putIfAbsent(group, next);
            long firstA = a == null ? next : a;
            if (a == null) next += shape.aNumbers();
            Long b = shared == Shared.A ? null : sharedB.putIfAbsent(group, next);
            long firstB = b == null ? next : b;
            if (b == null) next += shape.bNumbers();
            // Where they are too many no place is used.
            modules.put(entry.getKey(), new Place(shape, (int) firstA, (int) firstB));
        }
        this.shared = shared;
        this.total = ValueRanges.total(next);
    }

    /** Index of the first value of a module's A. */
    public int firstA(int module) {
        return place(module).a();
    }

    /** Index of the first value of a module's B. */
    public int firstB(int module) {
        return place(module).b();
    }

    private Place place(int module) {
        Place place = modules.get(module);
        if (place == null) throw new IllegalArgumentException("module " + module + " is not adapted");
        return place;
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.FACTORS;
    }

    @Override
    public int trainedNumbers() {
        return total;
    }

    /** As LoRA's of one matrix: modules that share A stand below each other in it, those that share B side by side. */
    @Override
    public int degreesOfFreedom() {
        Map<Integer, LoraShape> together = new TreeMap<>();
        for (Place place : modules.values()) {
            together.merge(shared == Shared.B ? place.b() : place.a(), place.shape(), this::joined);
        }
        return together.values().stream().mapToInt(LoraShape::freedom).reduce(0, Math::addExact);
    }

    private LoraShape joined(LoraShape one, LoraShape other) {
        return switch (shared) {
            case A -> new LoraShape(one.rank(), one.in(), Math.addExact(one.out(), other.out()), one.scale());
            case B -> new LoraShape(one.rank(), Math.addExact(one.in(), other.in()), one.out(), one.scale());
            case BOTH -> one;
        };
    }

    @Override
    public float[] start(long seed) {
        float[] values = new float[total];
        for (Place place : modules.values()) StartValues.kaiming(values, place.a(), place.shape(), seed);
        return values;
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        Place place = modules.get(module);
        if (place == null) return ModuleUpdate.NONE;
        LoraShape shape = place.shape();
        return ModuleUpdate.factors(
                shape.rank(),
                LoraShape.part(values, place.a(), shape.aNumbers(), 1),
                LoraShape.part(values, place.b(), shape.bNumbers(), shape.scale()));
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        Place place = modules.get(module);
        if (place == null) return;
        LoraShape.add(gradient, place.a(), loss.a(), 1);
        LoraShape.add(gradient, place.b(), loss.b(), place.shape().scale());
    }
}
