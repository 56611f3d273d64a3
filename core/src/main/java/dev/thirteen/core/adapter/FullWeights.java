package dev.thirteen.core.adapter;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Full fine-tuning of linear modules: all numbers of each weight are trained. Values are ΔW, what is added to the weights, so
 * that the base stays as it is beside them: a frozen copy of what is trained. Module after module, [out, in].
 */
public final class FullWeights implements AdapterFamily {
    private final ValueRanges<AdaptedModule> modules;
    /** A of a width: the identity, so that ΔW is B. Made when it is needed: the size of a wide module is asked without. */
    private final Map<Integer, float[]> identities = Collections.synchronizedMap(new HashMap<>());

    /** @param modules that are trained, by index in model order */
    public FullWeights(Map<Integer, AdaptedModule> modules) {
        this.modules = new ValueRanges<>(modules, module -> (long) module.outWidth() * module.inWidth());
    }

    private static float[] identity(int side) {
        float[] identity = new float[Math.multiplyExact(side, side)];
        for (int i = 0; i < side; i++) identity[i * side + i] = 1;
        return identity;
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.FACTORS;
    }

    @Override
    public int trainedNumbers() {
        return modules.total();
    }

    @Override
    public int degreesOfFreedom() {
        return trainedNumbers();
    }

    /** Zeros: the base's own weights. */
    @Override
    public float[] start(long seed) {
        return new float[trainedNumbers()];
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        AdaptedModule adapted = modules.get(module);
        if (adapted == null) return ModuleUpdate.NONE;
        int in = adapted.inWidth();
        int numbers = adapted.outWidth() * in;
        float[] change = LoraShape.part(values, modules.first(module), numbers, 1);
        return ModuleUpdate.factors(in, identities.computeIfAbsent(in, FullWeights::identity), change);
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        if (modules.get(module) != null) LoraShape.add(gradient, modules.first(module), loss.b(), 1);
    }
}
