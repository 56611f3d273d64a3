package dev.thirteen.engine;

import ai.djl.pytorch.jni.IValue;

/** The programs of a decoder with the weights that they read. Used by one thread at a time. */
final class DecodePrograms implements AutoCloseable {
    private final BaseModel base;
    private Loaded loaded;

    private record Loaded(ModelWeights.Form form, TorchProgram prefill, TorchProgram chunk, TorchProgram decode) {
        /** For the best form of the weights that is there. */
        static Loaded of(BaseModel base) {
            ModelWeights.Form form = base.weights().decoding();
            return new Loaded(
                    form,
                    base.program(form.linear(), "blocks.py", "trunk.py", "prefill.py"),
                    base.program(form.linear(), "blocks.py", "prefill_chunk.py"),
                    base.program(form.linear(), "blocks.py", "sampling.py", "decode.py"));
        }
    }

    /** @param fixed whether bits must not depend on when this was made: the final form of the weights is waited for */
    DecodePrograms(BaseModel base, boolean fixed) {
        this.base = base;
        if (fixed) base.weights().pack();
        this.loaded = Loaded.of(base);
    }

    /** Goes over to the final form of the weights when it is there; to be called between steps. */
    void refresh() {
        if (!loaded.form().starter() || !base.weights().isPacked()) return;
        loaded = Loaded.of(base);
        base.weights().started();
    }

    TorchProgram prefill() {
        return loaded.prefill();
    }

    TorchProgram chunk() {
        return loaded.chunk();
    }

    TorchProgram decode() {
        return loaded.decode();
    }

    IValue shared() {
        return loaded.form().shared();
    }

    IValue layers() {
        return loaded.form().layers();
    }

    @Override
    public void close() {
        if (loaded.form().starter()) base.weights().started();
    }
}
