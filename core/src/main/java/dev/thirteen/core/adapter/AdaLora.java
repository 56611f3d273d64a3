package dev.thirteen.core.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * AdaLoRA (arXiv 2303.10512): ΔW = s B (A ⊙ E), all trained, rank by rank pruned. Values are A [rank, in], B [out, rank]
 * and E [rank], module after module; a rank may be 0.
 */
public final class AdaLora implements AdapterFamily {
    // Of A and B at the start: PEFT 0.21, adalora/layer.py.
    private static final double DEVIATION = 0.02;

    private final ValueRanges<LoraShape> modules;

    /** @param modules by index in model order; rank is what pruning left, scale is α over the initial rank */
    public AdaLora(Map<Integer, LoraShape> modules) {
        this.modules = new ValueRanges<>(modules, shape -> shape.numbers() + shape.rank());
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

    /** A and B normal with deviation 0.02, E zeros, as PEFT begins. */
    @Override
    public float[] start(long seed) {
        float[] values = new float[trainedNumbers()];
        modules.each((shape, first) -> StartValues.normal(values, first, shape.numbers(), DEVIATION, seed));
        return values;
    }

    /**
     * Where the values of a module stand.
     *
     * @param a index of A [rank, in]
     * @param b index of B [out, rank]
     * @param e index of E [rank]
     */
    public record Triplets(LoraShape shape, int a, int b, int e) {}

    /** The adapted modules that have a rank, in model order. */
    public List<Triplets> triplets() {
        List<Triplets> all = new ArrayList<>();
        modules.each((shape, first) -> {
            int b = first + shape.aNumbers();
            if (shape.rank() > 0) all.add(new Triplets(shape, first, b, first + shape.numbers()));
        });
        return all;
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        LoraShape shape = modules.get(module);
        if (shape == null || shape.rank() == 0) return ModuleUpdate.NONE;
        int first = modules.first(module);
        float[] a = LoraShape.part(values, first, shape.aNumbers(), 1);
        for (int i = 0; i < a.length && values.length > 0; i++) a[i] *= e(values, first, shape, i / shape.in());
        return ModuleUpdate.factors(
                shape.rank(), a, LoraShape.part(values, first + shape.aNumbers(), shape.bNumbers(), shape.scale()));
    }

    private static float e(float[] values, int first, LoraShape shape, int row) {
        return values[first + shape.numbers() + row];
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        LoraShape shape = modules.get(module);
        if (shape == null || shape.rank() == 0) return;
        int first = modules.first(module);
        for (int i = 0; i < shape.aNumbers(); i++) {
            int row = i / shape.in();
            gradient[first + i] += (double) e(values, first, shape, row) * loss.a()[i];
            gradient[first + shape.numbers() + row] += (double) values[first + i] * loss.a()[i];
        }
        LoraShape.add(gradient, first + shape.aNumbers(), loss.b(), shape.scale());
    }
}
