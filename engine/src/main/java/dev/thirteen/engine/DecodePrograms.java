package dev.thirteen.engine;

import ai.djl.pytorch.jni.IValue;

/** The programs of a decoder with the weights that they read. Used by one thread at a time. */
final class DecodePrograms implements AutoCloseable {
    private final BaseModel base;
    private ModelWeights.Form form;
    private TorchProgram prefill;
    private TorchProgram chunk;
    private TorchProgram decode;

    /** @param fixed whether bits must not depend on when this was made: the final form of the weights is waited for */
    DecodePrograms(BaseModel base, boolean fixed) {
        this.base = base;
        if (fixed) base.weights().pack();
        this.form = base.weights().decoding();
        this.prefill = prefill(base, form);
        this.chunk = chunk(base, form);
        this.decode = decode(base, form);
    }

    private static TorchProgram prefill(BaseModel base, ModelWeights.Form form) {
        return base.program(form.linear(), "blocks.py", "trunk.py", "prefill.py");
    }

    private static TorchProgram chunk(BaseModel base, ModelWeights.Form form) {
        return base.program(form.linear(), "blocks.py", "prefill_chunk.py");
    }

    private static TorchProgram decode(BaseModel base, ModelWeights.Form form) {
        return base.program(form.linear(), "blocks.py", "sampling.py", "decode.py");
    }

    /** Goes over to the final form of the weights when it is there; to be called between steps. */
    void refresh() {
        if (!form.starter() || !base.weights().isPacked()) return;
        form = base.weights().decoding();
        base.weights().started();
        prefill = prefill(base, form);
        chunk = chunk(base, form);
        decode = decode(base, form);
    }

    TorchProgram prefill() {
        return prefill;
    }

    TorchProgram chunk() {
        return chunk;
    }

    TorchProgram decode() {
        return decode;
    }

    IValue shared() {
        return form.shared();
    }

    IValue layers() {
        return form.layers();
    }

    @Override
    public void close() {
        if (form.starter()) base.weights().started();
    }
}
