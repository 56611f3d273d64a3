package dev.thirteen.engine;

import java.nio.file.Path;

/** Base models by folder, each loaded once and kept; the least recently used one goes when there are too many. */
public final class ModelStore implements AutoCloseable {
    /**
     * Where models are and how many are kept.
     *
     * @param root folder under which names are looked up
     * @param absolutePaths whether an absolute path is accepted too
     * @param maxModels models kept in memory
     */
    public record Options(Path root, boolean absolutePaths, int maxModels, EngineOptions engine) {}

    public ModelStore(Options options) {
        throw new UnsupportedOperationException();
    }

    /**
     * The model of a folder, loaded on first use (other callers of the same folder wait for it).
     *
     * @throws dev.thirteen.core.failure.Failure NOT_FOUND or CALLER for a folder that is not there or not allowed
     */
    public BaseModel get(String folder) {
        throw new UnsupportedOperationException();
    }

    /**
     * The same, verified.
     *
     * @param digest expected digest; empty means any
     * @throws dev.thirteen.core.failure.Failure CONFLICT when the digest differs
     */
    public BaseModel get(String folder, String digest) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
