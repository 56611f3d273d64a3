package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;

import dev.thirteen.core.adapter.TinyLoraSpec;

/**
 * The frozen part of a TinyLoRA adapter: U, Σ, V and P of one base and one spec (arXiv 2602.04118, section 4). Derived
 * once and shared by digest, because the bits of an SVD differ between machines. Shared by threads.
 */
public final class Basis implements AutoCloseable {
    private Basis() {}

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
        throw new UnsupportedOperationException();
    }

    /** Number of trained values. */
    public int trainedNumbers() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
