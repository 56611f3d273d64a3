package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a socket. */
class OpenAiMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private LocalRouter server;

    @BeforeEach
    void start() throws Exception {
        server = new LocalRouter(router -> {
            router.route("/v1/*").handler(new OpenAiMeters(registry)::time);
            router.get("/v1/models/*").handler(call -> call.response().end("a model"));
        });
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void aTimeSeriesAPathWhateverIsAskedFor() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String path : List.of("/v1/models/a", "/v1/models/b", "/v1/none", "/v1/nothing", "/other")) {
                URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
                client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
            }
            for (String method : List.of("INVENTED", "MADEUP")) {
                URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v1/models/a");
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
                client.send(request, HttpResponse.BodyHandlers.discarding());
            }
        }
        // A call has ended for its client a moment before it has for the server.
        Surroundings.await(() -> calls() == 6);
        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .allMatch(id -> id.getName().equals("http.server.requests"));
        assertThat(count("GET", "/v1/models/{model}", "200")).isEqualTo(2);
        assertThat(count("GET", "UNKNOWN", "404")).isEqualTo(2);
        assertThat(count("UNKNOWN", "/v1/models/{model}", "405")).isEqualTo(2);
        assertThat(registry.getMeters()).hasSize(3);
    }

    private long calls() {
        return registry.find("http.server.requests").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private long count(String method, String uri, String status) {
        return registry.get("http.server.requests")
                .tags("method", method, "uri", uri, "status", status)
                .timer()
                .count();
    }
}
