package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.reward.v1.ScoreResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a pod takes at its edge, on a real port. */
class LimitsTest {
    private static final long LIMIT_SECONDS = 30;

    private final EdgeSettings settings = Settings.of(
            EdgeSettings.class, Map.of("thirteen.edge.max-calls", "2", "thirteen.edge.max-message-bytes", "1048576"));

    @Test
    void aLargeMessageIsRefusedInWords() throws Exception {
        try (Port port = new Port(new Answering())) {
            assertThat(port.score(1_000_000).getCode()).isEqualTo(Status.Code.OK);
            Status large = port.score(1_048_576);
            assertThat(large.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(large.getDescription())
                    .isEqualTo(
                            "the message has 1048580 bytes, at most 1048576 are taken (thirteen.edge.max-message-bytes)");
            assertThat(port.score(1_000_000).getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void oneCallTooManyIsRefusedAndItsPlaceComesBack() throws Exception {
        Holding holding = new Holding();
        try (Port port = new Port(holding)) {
            CompletableFuture<Status> first = port.start();
            CompletableFuture<Status> second = port.start();
            assertThat(holding.both.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            Status third = port.score(1);
            assertThat(third.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(third.getDescription())
                    .isEqualTo("this pod has 2 calls open, as many as it may (thirteen.edge.max-calls)");
            holding.go.countDown();
            assertThat(first.get(LIMIT_SECONDS, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.OK);
            assertThat(second.get(LIMIT_SECONDS, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.OK);
            // A call has ended for its client a moment before it has for the server.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (port.score(1).getCode() != Status.Code.OK)
                assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    private static class Answering extends RewardServiceGrpc.RewardServiceImplBase {
        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
            answer.onNext(ScoreResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    private static final class Holding extends Answering {
        private final CountDownLatch both = new CountDownLatch(2);
        private final CountDownLatch go = new CountDownLatch(1);

        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
            both.countDown();
            try {
                if (!go.await(LIMIT_SECONDS, TimeUnit.SECONDS)) throw new AssertionError("nobody lets it go");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            super.score(request, answer);
        }
    }

    private final class Port implements AutoCloseable {
        private final Server server;
        private final ManagedChannel channel;

        Port(RewardServiceGrpc.RewardServiceImplBase service) throws Exception {
            ServerBuilder<?> builder = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .maxInboundMessageSize(2 * settings.maxMessageBytes());
            // The last one comes first.
            server = builder.intercept(new MessageLimit(settings))
                    .intercept(new CallLimit(settings))
                    .addService(service)
                    .build()
                    .start();
            channel = NettyChannelBuilder.forAddress("localhost", server.getPort())
                    .usePlaintext()
                    .build();
        }

        Status score(int bytes) {
            try {
                RewardServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                        .score(request(bytes));
                return Status.OK;
            } catch (StatusRuntimeException e) {
                return e.getStatus();
            }
        }

        CompletableFuture<Status> start() {
            CompletableFuture<Status> end = new CompletableFuture<>();
            RewardServiceGrpc.newStub(channel).score(request(1), new StreamObserver<>() {
                @Override
                public void onNext(ScoreResponse answer) {
                    // Its end is waited for.
                }

                @Override
                public void onError(Throwable thrown) {
                    end.complete(Status.fromThrowable(thrown));
                }

                @Override
                public void onCompleted() {
                    end.complete(Status.OK);
                }
            });
            return end;
        }

        private static ScoreRequest request(int bytes) {
            return ScoreRequest.newBuilder().addCompletions("x".repeat(bytes)).build();
        }

        @Override
        public void close() {
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
