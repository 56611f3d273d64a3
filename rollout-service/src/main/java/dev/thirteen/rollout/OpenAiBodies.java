package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the bodies of calls before what answers them. All that are held at once have a bound together, which Vert.x' own
 * handler has not: calls are many, and each may have a large body.
 */
@Singleton
class OpenAiBodies implements Handler<RoutingContext> {
    private static final String BODY = "thirteen-body";
    /** A client that sends at all sends something in this time, however slow its line is. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final int most;
    private final int mostHeld;
    private final Duration patience;
    private final AtomicLong held = new AtomicLong();

    @Inject
    OpenAiBodies(RolloutConfig config) {
        this(config.maxBodyBytes(), config.maxHeldBodyBytes(), PATIENCE);
    }

    /**
     * Bounds in bytes.
     *
     * @param patience how long a client may send nothing of a body that is not whole
     * @throws Failure CALLER where the largest body would not fit
     */
    OpenAiBodies(int most, int mostHeld, Duration patience) {
        if (mostHeld < most) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "thirteen.rollout.max-held-body-bytes: must be at least max-body-bytes, " + most);
        }
        this.most = most;
        this.mostHeld = mostHeld;
        this.patience = patience;
    }

    /** The body of a call that was read; to be closed once it is parsed. */
    static Body of(RoutingContext call) {
        return call.get(BODY);
    }

    /** Bytes of bodies that are held now. */
    long heldBytes() {
        return held.get();
    }

    @Override
    public void handle(RoutingContext call) {
        HttpServerRequest request = call.request();
        String expected = request.getHeader(HttpHeaders.EXPECT);
        boolean asks = "100-continue".equalsIgnoreCase(expected);
        if (expected != null && !asks) {
            call.fail(417);
            return;
        }
        if (declared(request) > most) {
            call.fail(413);
            return;
        }
        read(call, new Body());
        if (asks && request.version() != HttpVersion.HTTP_1_0) call.response().writeContinue();
    }

    private void read(RoutingContext call, Body body) {
        call.put(BODY, body);
        // Else a few clients that stall would keep all others out.
        long watch = call.vertx().setPeriodic(patience.toMillis(), _ -> {
            if (!body.grew()) refuse(call, body, new Failure(Failure.Kind.LATE, "nothing more came of the body"));
        });
        call.addEndHandler(_ -> {
            call.vertx().cancelTimer(watch);
            body.close();
        });
        HttpServerRequest request = call.request();
        request.exceptionHandler(call::fail);
        request.handler(piece -> take(call, body, piece));
        request.endHandler(_ -> {
            call.vertx().cancelTimer(watch);
            if (!body.closed()) call.next();
        });
    }

    private static void refuse(RoutingContext call, Body body, Failure why) {
        body.close();
        call.fail(why);
    }

    /** Bytes that a call says it has; 0 where it does not say. */
    private static long declared(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    /** What comes after a refusal is read and forgotten, so that the client reads the answer. */
    private void take(RoutingContext call, Body body, Buffer piece) {
        if (body.closed()) return;
        if (body.length() + piece.length() > most) {
            body.close();
            call.fail(413);
        } else if (!body.add(piece)) {
            String why = "the bodies of other calls leave no room for this one (thirteen.rollout.max-held-body-bytes)";
            refuse(call, body, new Failure(Failure.Kind.CAPACITY, why));
        }
    }

    /** The body of a call. */
    final class Body implements AutoCloseable {
        private Buffer content = Buffer.buffer();
        private int seen;
        private boolean closed;

        private Body() {}

        /** All of it, copied. */
        synchronized byte[] bytes() {
            return content.getBytes();
        }

        private synchronized int length() {
            return content.length();
        }

        private synchronized boolean closed() {
            return closed;
        }

        /** Whether something came since it was asked last. */
        private synchronized boolean grew() {
            boolean grew = content.length() > seen;
            seen = content.length();
            return grew;
        }

        private synchronized boolean add(Buffer piece) {
            if (held.addAndGet(piece.length()) > mostHeld) {
                held.addAndGet(-piece.length());
                return false;
            }
            content.appendBuffer(piece);
            return true;
        }

        /** Lets go of it; more than once does no harm. */
        @Override
        public synchronized void close() {
            closed = true;
            held.addAndGet(-content.length());
            content = Buffer.buffer();
        }
    }
}
