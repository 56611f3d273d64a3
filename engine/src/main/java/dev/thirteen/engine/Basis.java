package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The frozen part of a TinyLoRA adapter: U, Σ, V and P of one base and one spec (arXiv 2602.04118, section 4), kept as the
 * factors of ΔW = B (Σᵢ vᵢ Pᵢ) A. Derived once and shared by digest, because the bits of an SVD differ between machines.
 * Shared by threads.
 */
public final class Basis implements AutoCloseable {
    /**
     * Factors of one module. Arrays are not copied and not to be changed.
     *
     * @param slot which v the module uses
     * @param rank the spec's rank
     * @param a [rank, in]: Vᵀ in the paper's form, √Σ Vᵀ in PEFT's
     * @param b [out, rank]: U Σ in the paper's form, U √Σ in PEFT's
     * @param p [u, rank, rank]
     * @param s [rank], singular values, largest first
     */
    record Factors(int slot, int rank, float[] a, float[] b, float[] p, float[] s) {}

    private final ModelShape shape;
    private final TinyLoraSpec spec;
    private final Factors[] modules;
    private final int slots;
    private final byte[] file;
    private final String digest;

    private Basis(ModelShape shape, String baseDigest, TinyLoraSpec spec, Factors[] modules) {
        this.shape = shape;
        this.spec = spec;
        this.modules = modules;
        this.slots = Arrays.stream(modules).mapToInt(Factors::slot).max().orElse(-1) + 1;
        this.file = BasisFile.write(shape, baseDigest, spec, modules);
        this.digest = ModelFiles.digest(file);
    }

    /** A basis of given factors, one a module in model order. */
    static Basis of(ModelShape shape, String baseDigest, TinyLoraSpec spec, Factors... modules) {
        return new Basis(shape, baseDigest, spec, modules.clone());
    }

    /** Truncated SVD of every adapted module, and P from the seed. */
    public static Basis derive(BaseModel base, TinyLoraSpec spec) {
        return derive(base, spec, done -> {});
    }

    /**
     * The same, telling how far it is.
     *
     * @throws Failure CALLER when the rank is larger than the smaller side of a module
     * @param progress is given the number of modules done, after each
     */
    public static Basis derive(BaseModel base, TinyLoraSpec spec, IntConsumer progress) {
        ModelShape shape = base.shape();
        requireRank(shape, spec);
        TiePlan plan = TiePlan.of(shape, spec);
        Factors[] modules = new Factors[shape.modules().size()];
        for (int i = 0; i < modules.length; i++) {
            try (PtNDArray weight = base.weight(i)) {
                TruncatedSvd svd = TruncatedSvd.of(weight, spec.rank());
                modules[i] = factors(svd, spec, i, plan.slotOf(i));
            }
            progress.accept(i + 1);
        }
        return new Basis(shape, base.digest(), spec, modules);
    }

    private static void requireRank(ModelShape shape, TinyLoraSpec spec) {
        if (spec.rank() <= shape.maxRank()) return;
        throw new Failure(
                Failure.Kind.CALLER,
                "the rank is %d, the smallest side of a module %d".formatted(spec.rank(), shape.maxRank()));
    }

    /** Factors of the module with this index; P ~ N(0, 1/r) from projection seed + index, as in PEFT. */
    static Factors factors(TruncatedSvd svd, TinyLoraSpec spec, int module, int slot) {
        int rank = svd.rank();
        int in = svd.v().length / rank;
        float[] a = new float[svd.v().length];
        float[] b = new float[svd.u().length];
        for (int k = 0; k < rank; k++) {
            boolean paper = spec.sigmaForm() == SigmaForm.PAPER;
            double left = paper ? svd.s()[k] : Math.sqrt(svd.s()[k]);
            double right = paper ? 1 : Math.sqrt(svd.s()[k]);
            for (int i = 0; i < in; i++) a[k * in + i] = (float) (right * svd.v()[i * rank + k]);
            for (int o = k; o < b.length; o += rank) b[o] = (float) (left * svd.u()[o]);
        }
        float[] p = new TorchRandom(spec.projectionSeed() + module)
                .normal(Math.multiplyExact(spec.u(), rank * rank), 1 / Math.sqrt(rank));
        return new Factors(slot, rank, a, b, p, svd.s());
    }

    /**
     * Reads what {@link #toBytes()} gave.
     *
     * @throws Failure CALLER when spec or shapes do not fit the base
     */
    public static Basis read(BaseModel base, byte[] file) {
        return BasisFile.read(base.shape(), base.digest(), file);
    }

    /** A safetensors file that holds everything but v. */
    public byte[] toBytes() {
        return file.clone();
    }

    /** "sha256:" and 64 hex digits of {@link #toBytes()}. */
    public String digest() {
        return digest;
    }

    public TinyLoraSpec spec() {
        return spec;
    }

    /** Number of trained values. */
    public int trainedNumbers() {
        return slots * spec.u();
    }

    /** The modules of the base, in the order of the factors. */
    ModelShape shape() {
        return shape;
    }

    /** Number of adapted modules. */
    int modules() {
        return modules.length;
    }

    /** Factors of a module, by its index in model order. */
    Factors factors(int module) {
        return modules[module];
    }

    /** Number of vectors v; values of slot s stand at s·u. */
    int slots() {
        return slots;
    }

    /** Nothing native is held; programs keep tensors of their own. */
    @Override
    public void close() {}
}
