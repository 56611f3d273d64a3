package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.ext.web.RoutingContext;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a socket: a client that goes in the middle of its body is nothing for the log. */
class OpenAiGoneTest {
    private static final Logger LOGGER = Logger.getLogger("dev.thirteen.rollout");

    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final Said said = new Said();
    private LocalRouter server;

    @BeforeEach
    void start() throws Exception {
        LOGGER.addHandler(said);
        server = new LocalRouter(router -> {
            router.post("/").handler(this::begin);
            router.post("/")
                    .handler(new OpenAiBodies(1000, 1000, Duration.ofHours(1), _ -> DecodeTask.Turn.NOBODYS))
                    .failureHandler(this::fail);
        });
    }

    @AfterEach
    void stop() throws Exception {
        LOGGER.removeHandler(said);
        server.close();
    }

    private void begin(RoutingContext call) {
        begun.complete(true);
        call.next();
    }

    private void fail(RoutingContext call) {
        OpenAiRoutes.failed(call);
        failures.add(call.failure());
    }

    /** Ended in order, or reset. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLogged(boolean reset) throws Exception {
        try (Socket client = new Socket("127.0.0.1", server.port())) {
            String head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{";
            client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            begun.get(30, TimeUnit.SECONDS);
            if (reset) client.setSoLinger(true, 0);
        }
        assertThat(failures.poll(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(said.messages).isEmpty();
    }

    private static final class Said extends Handler {
        final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record) {
            messages.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
