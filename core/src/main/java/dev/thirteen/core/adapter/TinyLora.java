package dev.thirteen.core.adapter;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * TinyLoRA (arXiv 2602.04118, section 4): R = Σᵢ vᵢ Pᵢ with P fixed and v trained, shared by the modules of a slot. Values
 * are the vectors v, slot after slot.
 */
public final class TinyLora implements AdapterFamily {
    /**
     * Frozen part of one module. Arrays are not copied and not to be changed.
     *
     * @param slot which v the module uses
     * @param rank r, columns of B
     * @param a [rank, in]: Vᵀ in the paper's form, √Σ Vᵀ in PEFT's
     * @param b [out, rank]: U Σ in the paper's form, U √Σ in PEFT's
     * @param p [u, rank, rank]
     * @param s [rank], singular values, largest first; empty where they are not known
     */
    public record Factors(int slot, int rank, float[] a, float[] b, float[] p, float[] s) {}

    private final int u;
    private final SortedMap<Integer, Factors> modules;
    private final int slots;

    /**
     * @param u length of one v
     * @param modules by index in model order
     */
    public TinyLora(int u, Map<Integer, Factors> modules) {
        this.u = u;
        this.modules = new TreeMap<>(modules);
        this.slots =
                this.modules.values().stream().mapToInt(Factors::slot).max().orElse(-1) + 1;
    }

    /** Factors of a module that is adapted. */
    public Factors factors(int module) {
        Factors factors = modules.get(module);
        if (factors == null) throw new IllegalArgumentException("module " + module + " is not adapted");
        return factors;
    }

    /** LoRA-XS with these A and B: R = Σᵢ vᵢ Pᵢ is its values ({@link #cores}), and P is not in it. */
    public LoraXs withoutProjections() {
        Map<Integer, LoraXs.Factors> factors = new TreeMap<>();
        modules.forEach((module, own) -> factors.put(module, new LoraXs.Factors(own.rank(), 1, own.a(), own.b())));
        return new LoraXs(factors);
    }

    /** R of module after module, row-major: the values of {@link #withoutProjections} that do what these do. */
    public float[] cores(float[] values) {
        float[] all = new float
                [modules.values().stream()
                        .mapToInt(own -> own.rank() * own.rank())
                        .sum()];
        int at = 0;
        for (int module : modules.keySet()) {
            float[] core = update(module, values).core();
            System.arraycopy(core, 0, all, at, core.length);
            at += core.length;
        }
        return all;
    }

    /** How many different v there are. */
    public int slots() {
        return slots;
    }

    @Override
    public TrainedPart trainedPart() {
        return TrainedPart.CORE;
    }

    @Override
    public int trainedNumbers() {
        return Math.multiplyExact(slots, u);
    }

    /** A slot of g modules with cores of r·r numbers has min(u, Σ r²) directions. */
    @Override
    public int degreesOfFreedom() {
        long[] cells = new long[slots];
        for (Factors factors : modules.values()) cells[factors.slot()] += (long) factors.rank() * factors.rank();
        int free = 0;
        for (long shared : cells) free += (int) Math.min(u, shared);
        return free;
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
        int cells = factors.rank() * factors.rank();
        float[] core = new float[cells];
        for (int cell = 0; cell < cells && values.length > 0; cell++) {
            double sum = 0;
            for (int i = 0; i < u; i++) {
                sum += (double) values[factors.slot() * u + i] * factors.p()[i * cells + cell];
            }
            core[cell] = (float) sum;
        }
        return ModuleUpdate.core(factors.rank(), factors.a(), factors.b(), core);
    }

    @Override
    public void pullBack(int module, float[] values, ModuleUpdate.Gradient loss, double[] gradient) {
        Factors factors = modules.get(module);
        if (factors == null) return;
        int cells = factors.rank() * factors.rank();
        for (int i = 0; i < u; i++) {
            double sum = 0;
            for (int cell = 0; cell < cells; cell++) sum += (double) loss.core()[cell] * factors.p()[i * cells + cell];
            gradient[factors.slot() * u + i] += sum;
        }
    }
}
