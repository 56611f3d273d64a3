package dev.thirteen.trainer;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A stream of answers that waits for its client, on the thread of the call: a slow client holds up nobody else. */
final class ClientStream<T> {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final ServerCallStreamObserver<T> observer;

    ClientStream(StreamObserver<T> observer) {
        this.observer = (ServerCallStreamObserver<T>) observer;
    }

    /** Whether the client has gone. */
    boolean gone() {
        return observer.isCancelled() || Thread.currentThread().isInterrupted();
    }

    /** Sends when the client is ready for more; does nothing when it has gone. */
    void send(T message) {
        while (!observer.isReady() && !gone()) LockSupport.parkNanos(LOOK_NANOS);
        if (!gone()) observer.onNext(message);
    }

    void complete() {
        if (!gone()) observer.onCompleted();
    }
}
