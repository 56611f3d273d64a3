package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** The HTTP response of one call. To a client that has gone nothing is written. */
final class OpenAiHttp {
    private final RoutingContext call;
    private final HttpServerResponse response;

    OpenAiHttp(RoutingContext call) {
        this.call = call;
        this.response = call.response();
    }

    /** Adds a header to the answer, which has not begun. */
    void header(String name, String value) {
        response.putHeader(name, value);
    }

    /** Runs the action when the client goes away, at once where it has gone. */
    void whenGone(Runnable action) {
        // The response has one handler of its end, which is that of the call, and others wait for it too.
        call.addEndHandler(end -> {
            if (end.failed()) action.run();
        });
        if (response.closed()) action.run();
    }

    void answer(int status, JsonNode json) {
        if (over()) return;
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(json.toString());
    }

    void fail(OpenAiError error) {
        if (over()) return;
        // Whole seconds, rounded up: who comes earlier comes in vain.
        error.retry()
                .ifPresent(time -> response.putHeader(
                        "Retry-After", Long.toString(time.plusMillis(999).toSeconds())));
        answer(error.status(), error.json());
    }

    /** Sends a server-sent event; the first one begins the stream. */
    void event(String data) {
        if (over()) return;
        if (!response.headWritten()) {
            response.setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        }
        response.write("data: " + data + "\n\n");
    }

    void end() {
        if (!over()) response.end();
    }

    private boolean over() {
        return response.closed() || response.ended();
    }
}
