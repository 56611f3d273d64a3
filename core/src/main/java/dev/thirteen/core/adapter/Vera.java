package dev.thirteen.core.adapter;

import java.util.Arrays;
import java.util.Map;

/**
 * VeRA (arXiv 2310.11454): ΔW = diag(λ_b) B diag(λ_d) A with A and B random, frozen and shared by all modules, which use
 * their first columns and rows. Values are λ_d [rank] and λ_b [out], module after module.
 */
public final class Vera implements AdapterFamily {
    /** Widths of one module. */
    public record Module(int in, int out) {}

    // d_initial of PEFT 0.21, vera/config.py.
    private static final float FIRST_D = 0.1f;

    private final int rank;
    private final int widest;
    private final float[] a;
    private final float[] b;
    private final ValueRanges<Module> modules;

    /**
     * @param widest columns of A
     * @param a [rank, widest]; not copied
     * @param b [rows, rank]; not copied
     * @param modules by index in model order
     */
    public Vera(int rank, int widest, float[] a, float[] b, Map<Integer, Module> modules) {
        this.rank = rank;
        this.widest = widest;
        this.a = a;
        this.b = b;
        this.modules = new ValueRanges<>(modules, module -> rank + module.out());
    }

    /** Rank of every module. */
    public int rank() {
        return rank;
    }

    /** Columns of A. */
    public int widest() {
        return widest;
    }

    /** A of all modules: [rank, widest]; not copied. */
    public float[] a() {
        return a;
    }

    /** B of all modules: [rows, rank]; not copied. */
    public float[] b() {
        return b;
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.FACTORS;
    }

    @Override
    public int trainedNumbers() {
        return modules.total();
    }

    /** diag(λ_b) B diag(λ_d) A is the same for λ_b/c and c λ_d. */
    @Override
    public int degreesOfFreedom() {
        return modules.sum(widths -> rank + widths.out() - 1);
    }

    /** λ_d is 0.1 and λ_b 0, as PEFT begins. */
    @Override
    public float[] start(long seed) {
        float[] values = new float[trainedNumbers()];
        modules.each((_, first) -> Arrays.fill(values, first, first + rank, FIRST_D));
        return values;
    }

    @Override
    public ModuleUpdate update(int module, float[] values) {
        Module widths = modules.get(module);
        if (widths == null) return ModuleUpdate.NONE;
        float[] cut = new float[rank * widths.in()];
        for (int k = 0; k < rank; k++) System.arraycopy(a, k * widest, cut, k * widths.in(), widths.in());
        float[] scaled = new float[widths.out() * rank];
        int d = modules.first(module);
        for (int i = 0; i < scaled.length && values.length > 0; i++) {
            scaled[i] = values[d + rank + i / rank] * values[d + i % rank] * b[i];
        }
        return ModuleUpdate.factors(rank, cut, scaled);
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        Module widths = modules.get(module);
        if (widths == null) return;
        int d = modules.first(module);
        for (int i = 0; i < widths.out() * rank; i++) {
            double by = (double) loss.b()[i] * b[i];
            gradient[d + i % rank] += by * values[d + rank + i / rank];
            gradient[d + rank + i / rank] += by * values[d + i % rank];
        }
    }
}
