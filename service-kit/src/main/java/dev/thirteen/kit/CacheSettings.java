package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.NotBlank;

/** Where a service keeps files that it can fetch again. */
@ConfigMapping(prefix = "thirteen.cache")
public interface CacheSettings {
    /** Folder of blobs by digest; made when missing. */
    @WithDefault("${java.io.tmpdir}/thirteen-cache")
    @NotBlank
    String folder();
}
