package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Outflow;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/** A stream of answers that waits for its client, on the thread of the call: a slow client holds up nobody else. */
final class ClientStream<T> {
    /** A client that takes nothing for so long has stalled. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ServerCallStreamObserver<T> observer;
    private final Outflow outflow = Outflow.current();

    /** On the thread of the call. */
    ClientStream(StreamObserver<T> observer) {
        this.observer = (ServerCallStreamObserver<T>) observer;
    }

    /** Whether the client has gone. */
    boolean gone() {
        return observer.isCancelled() || Thread.currentThread().isInterrupted();
    }

    /**
     * Sends when the client is ready for more; does nothing when it has gone.
     *
     * @throws Failure OUTSIDE when it takes nothing at all for ten minutes
     */
    void send(T message) {
        try {
            if (!gone()) outflow.awaitRoom(PATIENCE);
        } catch (Failure ended) {
            if (!gone()) throw ended;
        }
        if (!gone()) observer.onNext(message);
    }

    void complete() {
        if (!gone()) observer.onCompleted();
    }
}
