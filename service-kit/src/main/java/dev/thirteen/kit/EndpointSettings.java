package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.NotBlank;

/** Where each service's gRPC port is, as host:port. */
@ConfigMapping(prefix = "thirteen.endpoints")
public interface EndpointSettings {
    /** trainer-service. */
    @WithDefault("localhost:9101")
    @NotBlank
    String trainer();

    /** rollout-service. */
    @WithDefault("localhost:9102")
    @NotBlank
    String rollout();

    /** reward-service. */
    @WithDefault("localhost:9103")
    @NotBlank
    String reward();

    /** eval-service. */
    @WithDefault("localhost:9104")
    @NotBlank
    String eval();
}
