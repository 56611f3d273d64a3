package dev.thirteen.kit;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.quarkus.arc.Unremovable;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How connections are made: with certificates where there are some, and not for ever. A connection that has grown old takes no
 * new calls, and its client makes another: so it finds pods that have come since.
 */
@Singleton
@Unremovable
public class Edge implements ServerBuilderCustomizer<VertxServerBuilder> {
    private final EdgeSettings settings;
    private final TlsSettings tls;
    private final Optional<Certificates> certificates;

    Edge(EdgeSettings settings, TlsSettings tls) {
        this.settings = settings;
        this.tls = tls;
        this.certificates = tls.folder().map(Certificates::new);
    }

    /** What a client of other services shows, and expects of them. */
    ChannelCredentials client() {
        return certificates.map(Certificates::client).orElseGet(InsecureChannelCredentials::create);
    }

    @Override
    public void customize(GrpcServerConfiguration configuration, VertxServerBuilder server) {
        server.nettyBuilder()
                .maxConnectionAge(settings.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS)
                .maxConcurrentCallsPerConnection(settings.maxConcurrentCalls())
                // What is a little too large is refused in words, by MessageLimit.
                .maxInboundMessageSize(2 * settings.maxMessageBytes());
        certificates.ifPresent(some -> server.nettyBuilder().sslContext(some.server(tls.clientCertificates())));
    }

    @PreDestroy
    void close() {
        certificates.ifPresent(Certificates::close);
    }
}
