package dev.thirteen.core.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * WeightLoRA (arXiv 2506.02724): ΔW = ω s B A with one trained weight ω a module, which says whether the module is worth
 * its adapter. Values are A, B and ω, module after module.
 */
public final class WeightLora implements AdapterFamily {
    private final ValueRanges<LoraShape> modules;

    /** @param modules by index in model order */
    public WeightLora(Map<Integer, LoraShape> modules) {
        this.modules = new ValueRanges<>(modules, shape -> shape.numbers() + 1);
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

    /** As LoRA's, and every ω is 1. */
    @Override
    public float[] start(long seed) {
        float[] values = new float[trainedNumbers()];
        modules.each((shape, first) -> {
            StartValues.kaiming(values, first, shape, seed);
            values[first + shape.numbers()] = 1;
        });
        return values;
    }

    /** Index of the ω of every adapted module, in model order. */
    public int[] weights() {
        List<Integer> places = new ArrayList<>();
        modules.each((shape, first) -> places.add(first + shape.numbers()));
        return places.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        LoraShape shape = modules.get(module);
        if (shape == null) return ModuleUpdate.NONE;
        int first = modules.first(module);
        float omega = values.length == 0 ? 0 : values[first + shape.numbers()];
        return ModuleUpdate.factors(
                shape.rank(),
                LoraShape.part(values, first, shape.aNumbers(), 1),
                LoraShape.part(values, first + shape.aNumbers(), shape.bNumbers(), omega * shape.scale()));
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        LoraShape shape = modules.get(module);
        if (shape == null) return;
        int first = modules.first(module);
        int b = first + shape.aNumbers();
        int omega = first + shape.numbers();
        LoraShape.add(gradient, first, loss.a(), 1);
        LoraShape.add(gradient, b, loss.b(), (double) values[omega] * shape.scale());
        for (int i = 0; i < shape.bNumbers(); i++) {
            gradient[omega] += (double) shape.scale() * values[b + i] * loss.b()[i];
        }
    }
}
