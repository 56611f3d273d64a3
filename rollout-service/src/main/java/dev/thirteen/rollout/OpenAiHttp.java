package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Backpressure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The HTTP response of one call. To a client that has gone nothing is written. Who sends events can wait until the socket
 * has taken them, so that a slow reader does not make this process keep all of a long stream.
 */
final class OpenAiHttp {
    /** Bytes of events that may wait for the socket: as many as Netty lets wait. */
    private static final int ROOM = 64 * 1024;

    private final RoutingContext call;
    private final HttpServerResponse response;
    private final Backpressure reader = new Backpressure(this::hasRoom, this::over);
    /** Bytes of events that the socket has not taken. */
    private final AtomicInteger unsent = new AtomicInteger();

    private volatile boolean dropped;

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
        Buffer bytes = Buffer.buffer("data: " + data + "\n\n");
        unsent.addAndGet(bytes.length());
        // Told of as well when the connection breaks.
        response.write(bytes).onComplete(_ -> {
            unsent.addAndGet(-bytes.length());
            reader.changed();
        });
    }

    private boolean hasRoom() {
        return unsent.get() <= ROOM;
    }

    /**
     * Waits until there is room for a further event; must not be called on an event loop.
     *
     * @param patience how long the client may take nothing at all
     * @throws Failure OUTSIDE when the client has gone, or took nothing for so long; the connection is closed then
     */
    void awaitRoom(Duration patience) {
        try {
            reader.awaitRoom(patience);
        } catch (Failure e) {
            if (!over()) drop();
            throw e;
        }
    }

    /** Nothing can be told to who does not read. */
    private void drop() {
        dropped = true;
        boolean streams = call.request().version() == HttpVersion.HTTP_2;
        // Vert.x 4.5 has no public way to cut a connection of HTTP/1: reset() and close() wait until all is sent, which
        // is never here, and shutdown() is of HTTP/2 alone. So the channel below it closes.
        if (!streams && call.request().connection() instanceof ConnectionBase connection) {
            connection.channelHandlerContext().close();
        } else {
            response.reset();
        }
    }

    void end() {
        if (!over()) response.end();
    }

    private boolean over() {
        return dropped || response.closed() || response.ended();
    }
}
