package dev.thirteen.engine;

import java.util.List;

/**
 * How a base model is loaded and run.
 *
 * @param threads processor threads of libtorch, a setting of the whole process; 0 means all
 * @param deviceRoom bytes that each device of this host has for the weights of a model, the first device first; the model
 *     then lies on as few of them as have room. Empty for all on the engine's own device.
 */
public record EngineOptions(Precision precision, int threads, List<Long> deviceRoom) {
    /** All on the engine's own device. */
    public EngineOptions(Precision precision, int threads) {
        this(precision, threads, List.of());
    }

    public EngineOptions {
        deviceRoom = List.copyOf(deviceRoom);
        if (threads < 0) throw new IllegalArgumentException("threads must not be negative: " + threads);
    }
}
