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

    /** Calls at once on all connections of a pod, streams among them; one more is refused with RESOURCE_EXHAUSTED. */
    @WithDefault("4096")
    @Min(1)
    @Max(1_000_000)
    int maxCalls();

    /** Largest message of a client; a larger one is refused with INVALID_ARGUMENT, and one of twice the size unread. */
    @WithDefault("4194304")
    @Min(1_048_576)
    @Max(67_108_864)
    int maxMessageBytes();

    /** Largest values of an adapter inside of a message; larger ones are sent as a blob. */
    @WithDefault("65536")
    @Min(16)
    @Max(65_536)
    int maxAdapterBytes();
}
