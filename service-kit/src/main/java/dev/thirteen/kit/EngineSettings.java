package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Optional;

/** How a service runs base models. The same for all that serve a run: trainer-service refuses what rollout pods cannot do. */
@ConfigMapping(prefix = "thirteen.engine")
public interface EngineSettings {
    /** Number format of weights and activations: auto takes bf16 where the processor multiplies it, else fp32. */
    @WithDefault("auto")
    @Pattern(regexp = "auto|fp32|bf16")
    String precision();

    /** Processor threads of the engine; 0 means all. */
    @WithDefault("0")
    @Min(0)
    @Max(1024)
    int threads();

    /**
     * Bytes that each device of the host has for a model's weights, separated by commas, the first device first: the layers of
     * a model that is too large for one then lie on several. Empty for all on one device.
     */
    Optional<List<Long>> deviceRoom();

    /** Rows (samples) of one base model that are decoded together; a run's groups are at most as large. */
    @WithDefault("256")
    @Min(1)
    @Max(4096)
    int maxRows();

    /** Longest sequence, prompt and completion, in tokens; a model's own limit may be lower. */
    @WithDefault("2048")
    @Min(8)
    @Max(131072)
    int maxSequenceTokens();
}
