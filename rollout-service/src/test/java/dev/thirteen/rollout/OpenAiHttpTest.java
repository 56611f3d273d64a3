package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.failure.Failure;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a socket: a stream of 64 MB of which the client takes as much as it likes. */
class OpenAiHttpTest {
    private static final int EVENTS = 16_000;
    private static final String EVENT = "x".repeat(4096);
    /** What the kernel holds of a stream is far less than the stream: some MB at the sender, some KB at the reader. */
    private static final int UNREAD = 4_000;

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final AtomicInteger sent = new AtomicInteger();
    private final CompletableFuture<Thread> sender = new CompletableFuture<>();
    private final CompletableFuture<Boolean> gone = new CompletableFuture<>();
    private final CompletableFuture<RuntimeException> end = new CompletableFuture<>();
    private LocalRouter server;
    private Socket client;

    /** The path names the patience in milliseconds. */
    @BeforeEach
    void start() throws Exception {
        server = new LocalRouter(router -> {
            router.get("/ping").handler(call -> call.response().end("pong"));
            router.get("/stream/:patience").handler(this::stream);
        });
    }

    @AfterEach
    void stop() throws Exception {
        if (client != null) client.close();
        server.close();
    }

    private void stream(RoutingContext call) {
        OpenAiHttp http = new OpenAiHttp(call);
        http.whenGone(() -> gone.complete(true));
        Duration patience = Duration.ofMillis(Long.parseLong(call.pathParam("patience")));
        sender.complete(Thread.ofPlatform().start(() -> send(http, patience)));
    }

    private void send(OpenAiHttp http, Duration patience) {
        try {
            while (sent.get() < EVENTS) {
                http.event(EVENT);
                sent.incrementAndGet();
                http.awaitRoom(patience);
            }
            http.end();
        } catch (Failure e) {
            end.complete(e);
        }
    }

    @Test
    void aSlowReaderMakesTheSenderWaitAndGetsAllWhenItGoesOn() throws Exception {
        InputStream answer = ask("/stream/" + LIMIT.toMillis());
        awaitWaiting();
        assertThat(sent.get()).isLessThan(UNREAD);

        assertThat(ping()).as("the event loop serves others").endsWith("pong");

        long events = new String(answer.readAllBytes(), StandardCharsets.US_ASCII)
                .lines()
                .filter(("data: " + EVENT)::equals)
                .count();
        assertThat(events).isEqualTo(EVENTS);
    }

    @Test
    void aClientThatGoesEndsTheWait() throws Exception {
        ask("/stream/" + Duration.ofHours(1).toMillis());
        awaitWaiting();
        client.close();
        assertThat(gone.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(end.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasMessage("the caller has gone");
    }

    @Test
    void patienceEndsAndTheConnectionIsClosed() throws Exception {
        ask("/stream/300");
        assertThat(end.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .hasMessage("nothing of the answer was read for 300 ms: read on, or ask again");
        assertThat(sent.get()).isLessThan(UNREAD);
        assertThat(gone.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /** Sends a request whose answer only the caller reads: the socket itself takes little. */
    private InputStream ask(String path) throws IOException {
        client = connect(path);
        return client.getInputStream();
    }

    private String ping() throws IOException {
        try (Socket other = connect("/ping")) {
            return new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private Socket connect(String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.setSoTimeout((int) LIMIT.toMillis());
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        String head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private void awaitWaiting() throws Exception {
        Thread thread = sender.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        Surroundings.await(() -> thread.getState() == Thread.State.TIMED_WAITING && sent.get() > 0);
    }
}
