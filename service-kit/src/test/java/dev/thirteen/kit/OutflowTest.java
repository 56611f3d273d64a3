package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.thirteen.core.failure.Failure;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a socket: a stream of 16 MB of which the client takes as much as it asks for. */
class OutflowTest {
    private static final int MESSAGES = 4_000;
    /** What a network may hold of a stream is far less than the stream: 1 MB of window at each end, and 32 KB that wait. */
    private static final int UNREAD = 1_000;

    /** Bytes of a message beside its number, in a field that the type does not know. */
    private static final UnknownFieldSet PADDING = UnknownFieldSet.newBuilder()
            .addField(
                    100,
                    UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFrom(new byte[4096]))
                            .build())
            .build();

    private static final Duration LIMIT = Duration.ofSeconds(30);

    /**
     * Sends from a thread of its own, as services do that read a topic, or on that of the call; the request names the patience
     * in milliseconds.
     */
    private static final class Sender extends HealthGrpc.HealthImplBase {
        volatile boolean onThreadOfCall;
        final CompletableFuture<Thread> thread = new CompletableFuture<>();
        final CompletableFuture<Failure> failure = new CompletableFuture<>();
        final AtomicInteger sent = new AtomicInteger();

        @Override
        public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
            Outflow outflow = Outflow.current();
            Duration patience = Duration.ofMillis(Long.parseLong(request.getService()));
            if (onThreadOfCall) {
                thread.complete(Thread.currentThread());
                send(outflow, patience, answer);
            } else {
                thread.complete(Thread.ofPlatform().start(() -> send(outflow, patience, answer)));
            }
        }

        private void send(Outflow outflow, Duration patience, StreamObserver<HealthCheckResponse> answer) {
            try {
                while (sent.get() < MESSAGES) {
                    outflow.awaitRoom(patience);
                    answer.onNext(HealthCheckResponse.newBuilder()
                            .setStatusValue(sent.incrementAndGet())
                            .setUnknownFields(PADDING)
                            .build());
                }
                answer.onCompleted();
            } catch (Failure e) {
                failure.complete(e);
            }
        }
    }

    private static final class Reader extends ClientCall.Listener<HealthCheckResponse> {
        final AtomicInteger read = new AtomicInteger();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void onMessage(HealthCheckResponse message) {
            if (message.getStatusValue() == read.get() + 1) read.incrementAndGet();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end.complete(status);
        }
    }

    private final Sender sender = new Sender();
    private final Reader reader = new Reader();
    private LoopbackServer server;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackServer(sender, new VirtualThreadInterceptor(), new Outflow.Interceptor());
    }

    /** Higher ones are called first. */
    @Test
    void theNewsOfRoomDoesNotWaitForTheThreadOfTheCall() {
        assertThat(new Outflow.Interceptor().getPriority()).isGreaterThan(new VirtualThreadInterceptor().getPriority());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSlowReaderMakesTheSenderWaitAndGetsAllWhenItGoesOn(boolean onThreadOfCall) throws Exception {
        sender.onThreadOfCall = onThreadOfCall;
        ClientCall<HealthCheckRequest, HealthCheckResponse> call = ask(LIMIT);
        awaitWaiting();
        assertThat(sender.sent.get()).isLessThan(UNREAD);
        call.request(Integer.MAX_VALUE);
        assertThat(reader.end.get(LIMIT.toSeconds(), TimeUnit.SECONDS).isOk()).isTrue();
        assertThat(reader.read.get()).isEqualTo(MESSAGES);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCallerWhoGoesEndsTheWait(boolean onThreadOfCall) throws Exception {
        sender.onThreadOfCall = onThreadOfCall;
        ClientCall<HealthCheckRequest, HealthCheckResponse> call = ask(LIMIT);
        awaitWaiting();
        call.cancel("enough", null);
        assertThat(sender.failure.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasMessage("the caller has gone");
    }

    @Test
    void theServerKeepsLittleOfWhatNobodyReadsAndItsPatienceEnds() throws Exception {
        ask(Duration.ofMillis(500));
        assertThat(sender.failure.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .hasMessage("nothing of the answer was read for 500 ms: read on, or ask again");
        assertThat(sender.sent.get()).isBetween(1, UNREAD);
    }

    /** Asks for the stream and takes its first message alone. */
    private ClientCall<HealthCheckRequest, HealthCheckResponse> ask(Duration patience) {
        ClientCall<HealthCheckRequest, HealthCheckResponse> call =
                server.channel.newCall(HealthGrpc.getWatchMethod(), CallOptions.DEFAULT);
        call.start(reader, new Metadata());
        call.request(1);
        call.sendMessage(HealthCheckRequest.newBuilder()
                .setService(Long.toString(patience.toMillis()))
                .build());
        call.halfClose();
        return call;
    }

    /** Until the sender waits for room or has sent all. */
    private void awaitWaiting() throws InterruptedException, ExecutionException, TimeoutException {
        Thread thread = sender.thread.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            Thread.State state = thread.getState();
            if (state == Thread.State.TERMINATED) return;
            if (state == Thread.State.TIMED_WAITING && sender.sent.get() > 0) return;
            Thread.onSpinWait();
        }
        throw new TimeoutException("the sender neither waits nor ends");
    }
}
