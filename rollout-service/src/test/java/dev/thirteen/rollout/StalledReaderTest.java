package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.CallLimit;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that ask for long streams and stop reading, over sockets, on a tiny random checkpoint. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class StalledReaderTest {
    /** Tokens of each of eight samples, which have room in the cache together. */
    private static final int EIGHT = 12_000;

    @TestHTTPResource
    URI root;

    @Inject
    Policies policies;

    @Inject
    DecodeLoop loop;

    @Inject
    CallLimit limit;

    private Surroundings around;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
    }

    @AfterEach
    void close() {
        around.close();
    }

    /** A client that takes one token and no more, and whose network holds a kilobyte. */
    @Test
    void aStalledReaderLosesItsRowsAndIsToldWhy() throws Exception {
        ManagedChannel narrow = around.channel().flowControlWindow(1024).build();
        SlowReader reader = new SlowReader();
        long before = loop.totals().tokens();
        try {
            ClientCall<StreamGenerateRequest, StreamGenerateResponse> call =
                    narrow.newCall(GenerationServiceGrpc.getStreamGenerateMethod(), CallOptions.DEFAULT);
            ClientCalls.asyncServerStreamingCall(
                    call,
                    StreamGenerateRequest.newBuilder()
                            .setRequest(Endless.request(1, Endless.LONG))
                            .build(),
                    reader);
            reader.first.get(60, TimeUnit.SECONDS);

            // Its row is counted at the end of the step that draws the first token.
            Surroundings.await(() -> loop.totals().tokens() > before + 1 && loop.runningRows() == 0);

            assertThat(loop.totals().tokens() - before).isLessThan(Endless.LONG);
            call.request(Integer.MAX_VALUE);
            Status end = reader.end.get(60, TimeUnit.SECONDS);
            assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(end.getDescription())
                    .isEqualTo("nothing of the answer was read for 500 ms: read on, or ask again");
            // A message has some 25 bytes, and 32 KB of them wait.
            assertThat(reader.read.get()).isBetween(2, 2500);
        } finally {
            narrow.shutdownNow();
        }
    }

    /** Of some 60 MB of events, if it read them. */
    @Test
    void aReaderThatStopsReadingLosesItsRowsAndItsConnection() throws Exception {
        String body = "{" + Endless.fields(EIGHT) + ", \"n\": 8, \"logprobs\": 5, \"stream\": true}";
        long before = loop.totals().tokens();
        try (Socket reader = new Socket()) {
            reader.setReceiveBufferSize(8 * 1024);
            reader.setSoTimeout(60_000);
            reader.connect(new InetSocketAddress(root.getHost(), root.getPort()));
            String head =
                    "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n";
            reader.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
            Surroundings.await(() -> loop.runningRows() == 8);

            Surroundings.await(() -> loop.runningRows() == 0 && limit.open() == 0);

            assertThat(loop.totals().tokens() - before).isLessThan(8 * EIGHT);
            String read = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(read).startsWith("HTTP/1.1 200").doesNotContain("[DONE]");
        }
    }

    /** Takes one message and then what it is told to take. */
    private static final class SlowReader
            implements ClientResponseObserver<StreamGenerateRequest, StreamGenerateResponse> {
        final AtomicInteger read = new AtomicInteger();
        final CompletableFuture<StreamGenerateResponse> first = new CompletableFuture<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<StreamGenerateRequest> call) {
            call.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(StreamGenerateResponse token) {
            read.incrementAndGet();
            first.complete(token);
        }

        @Override
        public void onError(Throwable thrown) {
            end.complete(Status.fromThrowable(thrown));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }
    }
}
