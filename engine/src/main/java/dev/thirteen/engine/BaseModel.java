package dev.thirteen.engine;

import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;

/** A base model in memory: frozen weights, tokenizer and chat template. Shared by threads; closing frees native memory. */
public final class BaseModel implements AutoCloseable {
    private BaseModel() {}

    /**
     * Loads a Hugging Face folder.
     *
     * @throws Failure CALLER naming file, tensor and reason
     */
    public static BaseModel load(Path folder, EngineOptions options) {
        throw new UnsupportedOperationException();
    }

    /** The modules that an adapter may change. */
    public ModelShape shape() {
        throw new UnsupportedOperationException();
    }

    /** "sha256:" and 64 hex digits over config and weights. */
    public String digest() {
        throw new UnsupportedOperationException();
    }

    public Tokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    /** Longest sequence, prompt and completion together, in tokens. */
    public int maxPositions() {
        throw new UnsupportedOperationException();
    }

    /** Version, libtorch and precision, for example "thirteen-0.1.0 libtorch-2.7.1 cpu fp32". */
    public String engineBuild() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
