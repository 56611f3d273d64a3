package dev.thirteen.engine;

/**
 * How a base model is loaded and run.
 *
 * @param threads processor threads of libtorch, a setting of the whole process; 0 means all
 */
public record EngineOptions(Precision precision, int threads) {
    public EngineOptions {
        if (threads < 0) throw new IllegalArgumentException("threads must not be negative: " + threads);
    }
}
