package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over sockets: bodies of at most 600 bytes, 1000 together; a tenant's are named by a header, with its part of these. */
class OpenAiBodiesTest {
    private static final int LIMIT_SECONDS = 30;

    private final OpenAiBodies bodies = new OpenAiBodies(600, 1000, Duration.ofHours(1), OpenAiBodiesTest::turn);
    private final OpenAiBodies impatient = new OpenAiBodies(600, 1000, Duration.ofMillis(300), OpenAiBodiesTest::turn);
    private final CompletableFuture<RoutingContext> unanswered = new CompletableFuture<>();
    private final List<Socket> clients = new ArrayList<>();
    private LocalRouter server;

    @BeforeEach
    void start() throws Exception {
        server = new LocalRouter(router -> {
            router.post("/soon").handler(impatient);
            router.post().handler(bodies);
            router.post("/size").handler(call -> call.response().end("%d bytes".formatted(parsed(call))));
            router.post("/parsed").handler(call -> {
                parsed(call);
                unanswered.complete(call);
            });
            router.route().failureHandler(OpenAiRoutes::failed);
        });
    }

    private static DecodeTask.Turn turn(RoutingContext call) {
        String tenant = call.request().getHeader("Tenant");
        return tenant == null ? DecodeTask.Turn.NOBODYS : new DecodeTask.Turn(tenant, 0.3);
    }

    private static int parsed(RoutingContext call) {
        try (OpenAiBodies.Body body = OpenAiBodies.of(call)) {
            return body.bytes().length;
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket client : clients) client.close();
        server.close();
    }

    private Socket send(String head, int bytes) throws IOException {
        Socket client = new Socket("127.0.0.1", server.port());
        clients.add(client);
        client.setSoTimeout(LIMIT_SECONDS * 1000);
        String text = "POST " + head + "\r\nHost: localhost\r\nConnection: close\r\n\r\n" + "x".repeat(bytes);
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    /** A whole call with so many bytes. */
    private String post(String path, int bytes) throws IOException {
        return answer(send(path + " HTTP/1.1\r\nContent-Length: " + bytes, bytes));
    }

    private static String answer(Socket client) throws IOException {
        return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    /** An error, after which the connection stays while its body is to come. */
    private static String error(Socket client) throws IOException {
        StringBuilder text = new StringBuilder();
        do {
            int next = client.getInputStream().read();
            assertThat(next).as("end of the connection after " + text).isNotNegative();
            text.append((char) next);
        } while (text.indexOf("}}") < 0);
        return text.toString();
    }

    /** Begins a body of 600 bytes. */
    private Socket begin(int bytes) throws Exception {
        return begin("", bytes);
    }

    private Socket begin(String header, int bytes) throws Exception {
        long before = bodies.heldBytes();
        Socket client = send("/size HTTP/1.1\r\nContent-Length: 600" + header, bytes);
        Surroundings.await(() -> bodies.heldBytes() == before + bytes);
        return client;
    }

    @Test
    void aBodyBeyondWhatIsHeldAtOnceIsRefusedUntilOthersEnd() throws Exception {
        Socket first = begin(500);
        Socket second = begin(400);

        assertThat(post("/size", 101))
                .startsWith("HTTP/1.1 429 ")
                .contains("Retry-After: 1\r\n")
                .endsWith("{\"error\":{\"message\":\"the bodies of other calls leave no room for this one"
                        + " (thirteen.rollout.max-held-body-bytes)\",\"type\":\"rate_limit_error\",\"param\":null,"
                        + "\"code\":\"rate_limit_exceeded\"}}");
        assertThat(post("/size", 100)).endsWith("\r\n\r\n100 bytes");
        second.close();
        Surroundings.await(() -> bodies.heldBytes() == 500);
        assertThat(post("/size", 500)).endsWith("\r\n\r\n500 bytes");
        first.getOutputStream().write("y".repeat(100).getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(first)).endsWith("\r\n\r\n600 bytes");
        assertThat(bodies.heldBytes()).isZero();
    }

    @Test
    void aTenantsBodiesHaveItsPartAndOneAloneHasRoom() throws Exception {
        String ann = "\r\nTenant: ann";
        Socket first = begin(ann, 200);
        Socket second = begin(ann, 100);

        assertThat(answer(send("/size HTTP/1.1\r\nContent-Length: 1" + ann, 1)))
                .startsWith("HTTP/1.1 429 ")
                .contains("Retry-After: 1\r\n")
                .contains("the bodies of other calls of its tenant leave no room for this one"
                        + " (thirteen.quotas: queue-share)\",\"type\":\"rate_limit_error\"");
        assertThat(answer(send("/size HTTP/1.1\r\nContent-Length: 300\r\nTenant: gus", 300)))
                .endsWith("\r\n\r\n300 bytes");
        assertThat(post("/size", 600)).endsWith("\r\n\r\n600 bytes");
        second.close();
        Surroundings.await(() -> bodies.heldBytes() == 200);
        first.getOutputStream().write("y".repeat(400).getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(first)).endsWith("\r\n\r\n600 bytes");
        assertThat(bodies.heldBytes()).isZero();
        assertThat(answer(send("/size HTTP/1.1\r\nContent-Length: 600" + ann, 600)))
                .endsWith("\r\n\r\n600 bytes");
    }

    @Test
    void whatIsParsedIsHeldNoMoreThoughItsAnswerIsStillToCome() throws Exception {
        Socket client = send("/parsed HTTP/1.1\r\nContent-Length: 600", 600);
        RoutingContext call = unanswered.get(LIMIT_SECONDS, TimeUnit.SECONDS);

        assertThat(bodies.heldBytes()).isZero();
        call.response().end("done");
        assertThat(answer(client)).endsWith("\r\n\r\ndone");
        assertThat(bodies.heldBytes()).isZero();
    }

    /** Said beforehand, or found out. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 601", "Transfer-Encoding: chunked"})
    void aBodyThatIsTooLargeIsRefusedAndHeldNoMore(String length) throws Exception {
        Socket client = send("/size HTTP/1.1\r\n" + length, 0);
        if (length.endsWith("chunked")) {
            String chunk = "12c\r\n" + "x".repeat(300) + "\r\n";
            client.getOutputStream().write((chunk + chunk + chunk).getBytes(StandardCharsets.US_ASCII));
        }
        byte[] status = client.getInputStream().readNBytes("HTTP/1.1 413".length());

        assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        Surroundings.await(() -> bodies.heldBytes() == 0);
    }

    @Test
    void aBodyOfWhichNoMoreComesIsRefusedAndHeldNoMore() throws Exception {
        Socket client = send("/soon HTTP/1.1\r\nContent-Length: 600", 500);

        assertThat(error(client))
                .startsWith("HTTP/1.1 408 ")
                .endsWith("{\"error\":{\"message\":\"the body was not whole after 300 ms"
                        + " (thirteen.rollout.max-body-time)\",\"type\":\"invalid_request_error\",\"param\":null,"
                        + "\"code\":\"timeout\"}}");
        assertThat(impatient.heldBytes()).isZero();
    }

    @Test
    void aBodyThatComesTooSlowlyIsRefusedAndHeldNoMore() throws Exception {
        Socket client = send("/soon HTTP/1.1\r\nContent-Length: 600", 100);
        char first = (char) drip(client);
        byte[] status = client.getInputStream().readNBytes("TTP/1.1 408".length());

        assertThat(first + new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 408");
        assertThat(impatient.heldBytes()).isZero();
    }

    /** Sends a byte now and then until there is an answer. @return its first byte */
    private static int drip(Socket client) throws IOException {
        client.setSoTimeout(20);
        while (true) {
            try {
                return client.getInputStream().read();
            } catch (SocketTimeoutException silent) {
                client.getOutputStream().write('x');
            }
        }
    }

    @Test
    void whoAsksWhetherToSendABodyIsTold() throws Exception {
        Socket client = send("/size HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3", 0);
        byte[] go = client.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());

        assertThat(new String(go, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 100 ");
        client.getOutputStream().write(new byte[3]);
        assertThat(answer(client)).endsWith("\r\n\r\n3 bytes");
    }

    @Test
    void aCallWithoutABodyHasAnEmptyOne() throws Exception {
        assertThat(answer(send("/size HTTP/1.1", 0))).endsWith("\r\n\r\n0 bytes");
    }

    @Test
    void allTogetherHaveRoomForTheLargest() {
        assertThatThrownBy(() -> new OpenAiBodies(600, 599, Duration.ofHours(1), OpenAiBodiesTest::turn))
                .isInstanceOf(Failure.class)
                .hasMessage("thirteen.rollout.max-held-body-bytes: must be at least max-body-bytes, 600");
    }

    @Test
    void aBodyHasSomeTime() {
        assertThatThrownBy(() -> new OpenAiBodies(600, 600, Duration.ZERO, OpenAiBodiesTest::turn))
                .isInstanceOf(Failure.class)
                .hasMessage("thirteen.rollout.max-body-time: must be at least 1 ms");
    }
}
