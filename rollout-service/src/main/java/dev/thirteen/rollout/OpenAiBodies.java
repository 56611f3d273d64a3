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
import java.util.function.Function;

/**
 * Reads the bodies of calls before what answers them. All that are held at once have a bound together, which Vert.x' own
 * handler has not: calls are many, and each may have a large body. A tenant has its part of them, and a body its time to come.
 */
@Singleton
class OpenAiBodies implements Handler<RoutingContext> {
    private static final String BODY = "thirteen-body";

    private final int most;
    private final Duration time;
    private final Function<RoutingContext, DecodeTask.Turn> turns;
    private final HeldBytes held;

    @Inject
    OpenAiBodies(RolloutConfig config, MeteredCalls calls) {
        this(
                config.maxBodyBytes(),
                config.maxHeldBodyBytes(),
                config.maxBodyTime(),
                call -> calls.turn(OpenAiRoutes.caller(call)));
    }

    /**
     * Bounds in bytes.
     *
     * @param time in which a body must be whole
     * @param turns whose a call is, and which part of what is held its tenant may fill
     * @throws Failure CALLER where the largest body would not fit, or there is no time
     */
    OpenAiBodies(int most, int mostHeld, Duration time, Function<RoutingContext, DecodeTask.Turn> turns) {
        if (mostHeld < most) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "thirteen.rollout.max-held-body-bytes: must be at least max-body-bytes, " + most);
        }
        if (time.toMillis() < 1) {
            throw new Failure(Failure.Kind.CALLER, "thirteen.rollout.max-body-time: must be at least 1 ms");
        }
        this.most = most;
        this.time = time;
        this.turns = turns;
        this.held = new HeldBytes(mostHeld);
    }

    /** The body of a call that was read; to be closed once it is parsed. */
    static Body of(RoutingContext call) {
        return call.get(BODY);
    }

    /** Bytes of bodies that are held now. */
    long heldBytes() {
        return held.bytes();
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
        read(call, new Body(turns.apply(call)));
        if (asks && request.version() != HttpVersion.HTTP_1_0) call.response().writeContinue();
    }

    private void read(RoutingContext call, Body body) {
        call.put(BODY, body);
        // Else a few clients that are slow would keep all others out.
        long watch = call.vertx().setTimer(time.toMillis(), _ -> {
            if (!body.closed()) refuse(call, body, late());
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

    private Failure late() {
        return new Failure(
                Failure.Kind.LATE,
                "the body was not whole after %d ms (thirteen.rollout.max-body-time)".formatted(time.toMillis()));
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
            return;
        }
        switch (body.add(piece)) {
            case TAKEN -> {}
            case FULL -> refuse(call, body, full("", "thirteen.rollout.max-held-body-bytes"));
            case PART_FULL -> refuse(call, body, full("of its tenant ", "thirteen.quotas: queue-share"));
        }
    }

    private static Failure full(String whose, String bound) {
        return new Failure(
                Failure.Kind.CAPACITY,
                "the bodies of other calls %sleave no room for this one (%s)".formatted(whose, bound));
    }

    /** The body of a call. */
    final class Body implements AutoCloseable {
        private final DecodeTask.Turn turn;
        private Buffer content = Buffer.buffer();
        private boolean closed;

        private Body(DecodeTask.Turn turn) {
            this.turn = turn;
        }

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

        private synchronized HeldBytes.Room add(Buffer piece) {
            HeldBytes.Room room = held.take(turn, content.length(), piece.length());
            if (room == HeldBytes.Room.TAKEN) content.appendBuffer(piece);
            return room;
        }

        /** Lets go of it; more than once does no harm. */
        @Override
        public synchronized void close() {
            closed = true;
            held.giveBack(turn, content.length());
            content = Buffer.buffer();
        }
    }
}
