package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ForwardingClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.opentelemetry.context.Context;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Client channels to other services, one an address, closed with the service. A call waits for a service that is starting
 * again until its deadline; a unary call without one gets 30 seconds, streams have none of their own. The current trace
 * context goes along.
 */
@Singleton
public class Channels implements AutoCloseable {
    private static final long UNARY_DEADLINE_SECONDS = 30;
    /** Above the largest blob piece and the largest page of adapters. */
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
    private final Tracing tracing;
    private final ChannelCredentials credentials;
    private final Optional<Path> keyFile;

    @Inject
    public Channels(Tracing tracing, Edge edge, AuthSettings auth) {
        this(tracing, edge.client(), auth.ownKeyFile());
    }

    /** Channels in the clear, without a key. */
    public Channels(Tracing tracing) {
        this(tracing, InsecureChannelCredentials.create(), Optional.empty());
    }

    private Channels(Tracing tracing, ChannelCredentials credentials, Optional<Path> keyFile) {
        this.tracing = tracing;
        this.credentials = credentials;
        this.keyFile = keyFile;
    }

    /** The channel to host:port; connects on first use and again after a failure. */
    public Channel to(String endpoint) {
        ManagedChannel channel = channels.computeIfAbsent(endpoint, this::open);
        return ClientInterceptors.intercept(channel, new PatientAndTraced(channel));
    }

    private ManagedChannel open(String endpoint) {
        return Grpc.newChannelBuilder(endpoint, credentials)
                // Calls are spread over all addresses of a name, such as those of a headless service.
                .defaultLoadBalancingPolicy("round_robin")
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .build();
    }

    /** Read for each call: a Secret that changes is mounted anew. */
    private static String key(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "thirteen.auth.own-key-file: " + file + " cannot be read: " + e, e);
        }
    }

    @PreDestroy
    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }

    private final class PatientAndTraced implements ClientInterceptor {
        private final ManagedChannel channel;

        PatientAndTraced(ManagedChannel channel) {
            this.channel = channel;
        }

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            // Left alone, the pause between attempts to connect grows to two minutes.
            if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) channel.resetConnectBackoff();
            boolean bound = method.getType() == MethodDescriptor.MethodType.UNARY && options.getDeadline() == null;
            CallOptions timed = bound ? options.withDeadlineAfter(UNARY_DEADLINE_SECONDS, TimeUnit.SECONDS) : options;
            return new ForwardingClientCall.SimpleForwardingClientCall<>(
                    next.newCall(method, timed.withWaitForReady())) {
                @Override
                public void start(Listener<A> listener, Metadata headers) {
                    tracing.inject(Context.current(), headers);
                    keyFile.ifPresent(file -> headers.put(Access.AUTHORIZATION, "Bearer " + key(file)));
                    super.start(listener, headers);
                }
            };
        }
    }
}
