package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Plain HTTP calls of the OpenAI dialect. */
final class OpenAiClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** An answer with its JSON. */
    record Answer(HttpResponse<String> http, JsonNode json) {
        String header(String name) {
            return http.headers().firstValue(name).orElse("");
        }
    }

    private final URI root;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    OpenAiClient(URI root) {
        this.root = root;
    }

    Answer get(String path) throws IOException, InterruptedException {
        return answer(HttpRequest.newBuilder(root.resolve(path)).build());
    }

    /** A call without a body. */
    Answer call(String method, String path) throws IOException, InterruptedException {
        return answer(HttpRequest.newBuilder(root.resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build());
    }

    /** @param body with ' for " */
    Answer post(String path, String body) throws IOException, InterruptedException {
        return answer(request(path, body));
    }

    /** The status of a request with a header that HttpClient refuses to send. */
    int status(String path, String header) throws IOException {
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            String request = "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: 2\r\n\r\n{}"
                    .formatted(path, root.getHost(), header);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).split(" ")[1]);
        }
    }

    private Answer answer(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        return new Answer(response, JSON.readTree(response.body()));
    }

    private HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(root.resolve(path))
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
    }

    /** The chunks of a whole stream, which must end as the dialect says. */
    List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = http.send(request(path, body), BodyHandlers.ofLines());
        List<String> events = response.body().filter(line -> !line.isEmpty()).toList();
        if (!events.getLast().equals("data: [DONE]"))
            throw new AssertionError("the stream ends with " + events.getLast());
        List<JsonNode> chunks = new ArrayList<>();
        for (String event : events.subList(0, events.size() - 1)) {
            chunks.add(JSON.readTree(event.substring("data: ".length())));
        }
        return chunks;
    }

    /** An answer that is still coming. */
    InputStream open(String path, String body) throws IOException, InterruptedException {
        return http.send(request(path, body), BodyHandlers.ofInputStream()).body();
    }

    CompletableFuture<HttpResponse<String>> later(String path, String body) {
        return http.sendAsync(request(path, body), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
