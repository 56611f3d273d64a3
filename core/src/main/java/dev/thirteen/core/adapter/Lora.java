package dev.thirteen.core.adapter;

import java.util.Map;

/** LoRA (arXiv 2106.09685): ΔW = s B A, both trained. Values are A, then B, row-major, module after module. */
public final class Lora implements AdapterFamily {
    private final ValueRanges<LoraShape> modules;

    /** @param modules by index in model order */
    public Lora(Map<Integer, LoraShape> modules) {
        this.modules = new ValueRanges<>(modules, LoraShape::numbers);
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
        return modules.sum(LoraShape::freedom);
    }

    @Override
    public float[] start(long seed) {
        float[] values = new float[trainedNumbers()];
        modules.each((shape, first) -> StartValues.kaiming(values, first, shape, seed));
        return values;
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        LoraShape shape = modules.get(module);
        if (shape == null) return ModuleUpdate.NONE;
        int first = modules.first(module);
        return ModuleUpdate.factors(
                shape.rank(),
                LoraShape.part(values, first, shape.aNumbers(), 1),
                LoraShape.part(values, first + shape.aNumbers(), shape.bNumbers(), shape.scale()));
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        LoraShape shape = modules.get(module);
        if (shape == null) return;
        int first = modules.first(module);
        LoraShape.add(gradient, first, loss.a(), 1);
        LoraShape.add(gradient, first + shape.aNumbers(), loss.b(), shape.scale());
    }
}
