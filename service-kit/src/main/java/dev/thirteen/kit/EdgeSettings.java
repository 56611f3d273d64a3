package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;

/** What a service allows a client's connection. */
@ConfigMapping(prefix = "thirteen.edge")
public interface EdgeSettings {
    /** After this a connection takes no new calls, and its client makes another; those under way go on. */
    @WithDefault("5m")
    Duration maxConnectionAge();

    /** Calls at once on one connection; a client's further ones wait. */
    @WithDefault("1000")
    @Min(1)
    @Max(1_000_000)
    int maxConcurrentCalls();
}
