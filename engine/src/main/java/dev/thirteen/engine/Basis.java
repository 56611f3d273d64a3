package dev.thirteen.engine;

import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;

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
     * @param rank the spec's rank, or the module's smaller side where that is less
     * @param a [rank, in]
     * @param b [out, rank]
     * @param p [u, rank, rank]
     */
    record Factors(int slot, int rank, float[] a, float[] b, float[] p) {}

    private final TinyLoraSpec spec;
    private final Factors[] modules;
    private final int slots;

    private Basis(TinyLoraSpec spec, Factors[] modules) {
        this.spec = spec;
        this.modules = modules;
        this.slots = Arrays.stream(modules).mapToInt(Factors::slot).max().orElse(-1) + 1;
    }

    /** A basis of given factors, one a module in model order. */
    static Basis of(TinyLoraSpec spec, Factors... modules) {
        return new Basis(spec, modules.clone());
    }

    /** Truncated SVD of every adapted module, and P from the seed. */
    public static Basis derive(BaseModel base, TinyLoraSpec spec) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads what {@link #toBytes()} gave.
     *
     * @throws Failure CALLER when spec or shapes do not fit the base
     */
    public static Basis read(BaseModel base, byte[] file) {
        throw new UnsupportedOperationException();
    }

    /** A safetensors file that holds everything but v. */
    public byte[] toBytes() {
        throw new UnsupportedOperationException();
    }

    /** "sha256:" and 64 hex digits of {@link #toBytes()}. */
    public String digest() {
        throw new UnsupportedOperationException();
    }

    public TinyLoraSpec spec() {
        return spec;
    }

    /** Number of trained values. */
    public int trainedNumbers() {
        return slots * spec.u();
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
