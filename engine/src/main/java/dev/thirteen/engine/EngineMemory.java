package dev.thirteen.engine;

import com.sun.management.OperatingSystemMXBean;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.FallbackLog;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/** The memory that models, their caches and their work may take in this process. */
public final class EngineMemory {
    /** libtorch, compiled code, classes and adapters: 0.3 GB were measured beside the tiny model and the heap. */
    private static final long PROCESS_BYTES = 1L << 29;
    /** Context and libraries of a device, and what is left between blocks of memory. */
    private static final long DEVICE_BYTES = 1L << 30;

    private EngineMemory() {}

    /**
     * Bytes, to be asked before a model is loaded: on a processor what the container may use, or else what the machine has,
     * without the heap; on a GPU what is free. Empty where nobody can tell: over several GPUs, whose rooms are configured.
     */
    public static OptionalLong free(EngineOptions options) {
        if (!Torch.onGpu()) {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return OptionalLong.of(
                    system.getTotalMemorySize() - Runtime.getRuntime().maxMemory() - PROCESS_BYTES);
        }
        if (!options.deviceRoom().isEmpty()) return OptionalLong.empty();
        try {
            return OptionalLong.of(Accelerator.find().freeBytes() - DEVICE_BYTES);
        } catch (Failure | LinkageError e) {
            FallbackLog.say("keys and values without a look at the device's memory", String.valueOf(e.getMessage()));
            return OptionalLong.empty();
        }
    }
}
