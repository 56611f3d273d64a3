package dev.thirteen.core.adapter;

import java.util.Map;

/**
 * LoRA-XS (arXiv 2405.17604): ΔW = s B R A with A and B from the truncated SVD of W and R trained. Values are the R,
 * row-major, module after module.
 */
public final class LoraXs implements AdapterFamily {
    /**
     * Frozen part of one module. Arrays are not copied and not to be changed.
     *
     * @param rank side of R
     * @param scale s, for example α/r
     * @param a [rank, in]
     * @param b [out, rank]
     */
    public record Factors(int rank, float scale, float[] a, float[] b) {
        int cells() {
            return rank * rank;
        }
    }

    private final ValueRanges<Factors> modules;

    /** @param modules by index in model order */
    public LoraXs(Map<Integer, Factors> modules) {
        this.modules = new ValueRanges<>(modules, Factors::cells);
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.CORE;
    }

    @Override
    public int trainedNumbers() {
        return modules.total();
    }

    @Override
    public int degreesOfFreedom() {
        return trainedNumbers();
    }

    /** Zeros: the gradient is not zero there. */
    @Override
    public float[] start(long seed) {
        return new float[trainedNumbers()];
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        Factors factors = modules.get(module);
        if (factors == null) return ModuleUpdate.NONE;
        float[] core = LoraShape.part(values, modules.first(module), factors.cells(), factors.scale());
        return ModuleUpdate.core(factors.rank(), factors.a(), factors.b(), core);
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        Factors factors = modules.get(module);
        if (factors != null) LoraShape.add(gradient, modules.first(module), loss.core(), factors.scale());
    }
}
