package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.thirteen.core.failure.Failure;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a socket, with a server whose events come on its network threads, as those of Quarkus do. */
class VirtualThreadInterceptorTest {
    private static final Context.Key<String> CALLER = Context.key("caller");

    /** Says on what it ran; "bad" is refused. */
    private static final class Health extends HealthGrpc.HealthImplBase {
        final Set<String> seen = ConcurrentHashMap.newKeySet();

        @Override
        public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
            if (request.getService().equals("bad")) throw new Failure(Failure.Kind.CALLER, "no such service");
            seen.add(Thread.currentThread().isVirtual() + " " + CALLER.get());
            answer.onNext(HealthCheckResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    private static final class FromTest implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return Contexts.interceptCall(Context.current().withValue(CALLER, "test"), call, headers, next);
        }
    }

    /** What Quarkus has between us and the service. */
    private static final class Failures implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return new FailureInterceptor().createHandler(next.startCall(call, headers), call, headers);
        }
    }

    private final Health health = new Health();
    private LoopbackServer server;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackServer(health, new Failures(), new VirtualThreadInterceptor(), new FromTest());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void everyCallIsAnsweredOnAVirtualThreadInItsContext() throws Exception {
        List<ListenableFuture<HealthCheckResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            answers.add(HealthGrpc.newFutureStub(server.channel).check(HealthCheckRequest.getDefaultInstance()));
        }
        for (ListenableFuture<HealthCheckResponse> answer : answers) answer.get(30, TimeUnit.SECONDS);
        assertThat(health.seen).containsExactly("true test");
    }

    @Test
    void aServiceThatThrowsAnswersWithItsFailure() {
        HealthGrpc.HealthBlockingStub stub =
                HealthGrpc.newBlockingStub(server.channel).withDeadlineAfter(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> stub.check(
                        HealthCheckRequest.newBuilder().setService("bad").build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, status -> {
                    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                    assertThat(status.getStatus().getDescription()).isEqualTo("no such service");
                });
    }
}
