package dev.thirteen.core.adapter;

import java.util.Map;

/** BitFit (arXiv 2106.10199): biases alone are trained. Values are what is added to each bias, module after module. */
public final class BitFit implements AdapterFamily {
    private final ValueRanges<Integer> modules;

    /** @param widths output width of each adapted module, by index in model order */
    public BitFit(Map<Integer, Integer> widths) {
        this.modules = new ValueRanges<>(widths, width -> width);
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.BIAS;
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
        Integer width = modules.get(module);
        if (width == null) return ModuleUpdate.NONE;
        return ModuleUpdate.bias(LoraShape.part(values, modules.first(module), width, 1));
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        if (modules.get(module) != null) LoraShape.add(gradient, modules.first(module), loss.bias(), 1);
    }
}
