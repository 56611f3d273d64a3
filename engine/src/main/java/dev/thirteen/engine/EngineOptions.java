package dev.thirteen.engine;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a base model is loaded and run.
 *
 * @param threads processor threads of libtorch, a setting of the whole process; 0 means all
 * @param deviceRoom bytes that each device of this host has for the weights of a model, the first device first; the model
 *     then lies on as few of them as have room. Empty for all on the engine's own device.
 */
public record EngineOptions(Precision precision, int threads, List<Long> deviceRoom) {
    /** As services are configured; the precision in letters of any case. */
    public static EngineOptions of(String precision, int threads, Optional<List<Long>> deviceRoom) {
        return new EngineOptions(
                Precision.valueOf(precision.toUpperCase(Locale.ROOT)), threads, deviceRoom.orElse(List.of()));
    }

    /** All on the engine's own device. */
    public EngineOptions(Precision precision, int threads) {
        this(precision, threads, List.of());
    }

    public EngineOptions {
        deviceRoom = List.copyOf(deviceRoom);
        if (threads < 0) throw new IllegalArgumentException("threads must not be negative: " + threads);
    }
}
