package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.util.Optional;

/** Where base models are found. */
@ConfigMapping(prefix = "thirteen.models")
public interface ModelSettings {
    /** Folder under which names of base models are looked up. */
    @WithDefault("models")
    @NotBlank
    String root();

    /** Whether a request may name a base model by absolute path. */
    @WithDefault("false")
    boolean absolutePaths();

    /** Base models kept in memory at once. */
    @WithDefault("2")
    @Min(1)
    @Max(64)
    int maxModels();

    /** Base model of a request that names none; unset means that every request must. */
    @WithName("default")
    Optional<String> defaultModel();
}
