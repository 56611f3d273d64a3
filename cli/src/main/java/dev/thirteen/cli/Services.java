package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.ForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Stubs of the four services, for any number of threads. Unary calls have a deadline; streams end with the server, or with the
 * process.
 */
final class Services implements AutoCloseable {
    /** A unary answer: the longest is a completion of many samples on a slow machine. */
    private static final Duration ANSWER = Duration.ofMinutes(10);
    /** Calls that only read or change a record. */
    private static final Duration QUICK_ANSWER = Duration.ofSeconds(30);
    /** Of whether a service is there at all. */
    private static final Duration HEALTH_ANSWER = Duration.ofSeconds(5);
    /** Above the largest blob piece and the largest page of adapters. */
    private static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

    private final Endpoints endpoints;
    private final Security security;
    private final Map<Endpoints.Service, ManagedChannel> channels = new EnumMap<>(Endpoints.Service.class);

    Services(Endpoints endpoints, Security security) {
        this.endpoints = endpoints;
        this.security = security;
    }

    TrainingServiceGrpc.TrainingServiceBlockingStub training() {
        return TrainingServiceGrpc.newBlockingStub(channel(Endpoints.Service.TRAINER));
    }

    AdapterServiceGrpc.AdapterServiceBlockingStub adapters() {
        return AdapterServiceGrpc.newBlockingStub(channel(Endpoints.Service.TRAINER));
    }

    GenerationServiceGrpc.GenerationServiceBlockingStub generation() {
        return GenerationServiceGrpc.newBlockingStub(channel(Endpoints.Service.ROLLOUT))
                .withInterceptors(new Deadline(ANSWER));
    }

    RewardServiceGrpc.RewardServiceBlockingStub reward() {
        return RewardServiceGrpc.newBlockingStub(channel(Endpoints.Service.REWARD));
    }

    EvaluationServiceGrpc.EvaluationServiceBlockingStub evaluation() {
        return EvaluationServiceGrpc.newBlockingStub(channel(Endpoints.Service.EVAL));
    }

    /** The channel to trainer-service, for uploads. */
    Channel trainer() {
        return channel(Endpoints.Service.TRAINER);
    }

    /** The channel to a service, one for all who ask. */
    synchronized Channel channel(Endpoints.Service service) {
        return channels.computeIfAbsent(service, this::open);
    }

    /** Name and address of a service; empty where nobody says where it is. */
    Optional<String> name(Endpoints.Service service) {
        try {
            return Optional.of(name(service, endpoints.of(service)));
        } catch (Unreachable | Failure e) {
            return Optional.empty();
        }
    }

    private static String name(Endpoints.Service service, String address) {
        return service.key() + "-service at " + address;
    }

    /** Whether a service answers, whatever it says. */
    boolean answers(Endpoints.Service service) {
        Channel channel = channel(service);
        // A channel that could not connect waits for ever longer before it tries again.
        if (channel instanceof ManagedChannel managed) managed.resetConnectBackoff();
        try {
            HealthGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .withDeadlineAfter(HEALTH_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                    .check(HealthCheckRequest.getDefaultInstance());
            return true;
        } catch (StatusRuntimeException e) {
            Status.Code code = e.getStatus().getCode();
            return code != Status.Code.UNAVAILABLE && code != Status.Code.DEADLINE_EXCEEDED;
        }
    }

    private ManagedChannel open(Endpoints.Service service) {
        String address = endpoints.of(service);
        int colon = address.lastIndexOf(':');
        NettyChannelBuilder channel = NettyChannelBuilder.forAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)), security.credentials());
        security.host().ifPresent(channel::overrideAuthority);
        // Calls are spread over all pods where the name is that of a headless service.
        if (service == Endpoints.Service.ROLLOUT) channel.defaultLoadBalancingPolicy("round_robin");
        return channel.maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .intercept(new Address(name(service, address), security), new Deadline(QUICK_ANSWER))
                .build();
    }

    @Override
    public synchronized void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }

    /** Gives a unary call that has no deadline yet one of its own. */
    private record Deadline(Duration answer) implements ClientInterceptor {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
            boolean bounded = options.getDeadline() != null;
            return next.newCall(
                    method,
                    unary && !bounded ? options.withDeadlineAfter(answer.toMillis(), TimeUnit.MILLISECONDS) : options);
        }
    }

    /** Brings the key, and writes into a failed answer's trailers which service it was that failed. */
    private record Address(String name, Security security) implements ClientInterceptor {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<A> listener, Metadata headers) {
                    security.sign(headers);
                    super.start(
                            new ForwardingClientCallListener.SimpleForwardingClientCallListener<>(listener) {
                                @Override
                                public void onClose(Status status, Metadata trailers) {
                                    if (!status.isOk()) trailers.put(CallFailure.SERVICE, name);
                                    super.onClose(status, trailers);
                                }
                            },
                            headers);
                }
            };
        }
    }
}
