package dev.thirteen.kit;

import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;

/**
 * Ends a client's connection after a while, without ending its calls: it connects again, and so finds pods that have come
 * since. Connections last for hours otherwise, and new pods would get no calls.
 */
@Singleton
public class ConnectionAge implements ServerBuilderCustomizer<VertxServerBuilder> {
    private final EdgeSettings settings;

    ConnectionAge(EdgeSettings settings) {
        this.settings = settings;
    }

    @Override
    public void customize(GrpcServerConfiguration configuration, VertxServerBuilder server) {
        server.nettyBuilder()
                .maxConnectionAge(settings.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS)
                .maxConcurrentCallsPerConnection(settings.maxConcurrentCalls());
    }
}
