package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Lets a sender wait for its reader, so that a slow one does not make this process keep all of a long answer, and one that
 * has stalled or gone ends the work for it. The connection says how things are and calls {@link #changed} when they change.
 */
public final class Backpressure {
    private final BooleanSupplier room;
    private final BooleanSupplier gone;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private long changes;

    /**
     * @param room whether a further message may be sent
     * @param gone whether nobody reads any more
     */
    public Backpressure(BooleanSupplier room, BooleanSupplier gone) {
        this.room = room;
        this.gone = gone;
    }

    /** The reader has taken something or has gone: who waits looks anew, and the reader's time begins anew. */
    public void changed() {
        lock.lock();
        try {
            changes++;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there is room for a further message; must not be called on an event loop.
     *
     * @param patience how long the reader may take nothing at all
     * @throws Failure OUTSIDE when the reader has gone, when it took nothing for so long, or when the thread is interrupted
     */
    public void awaitRoom(Duration patience) {
        try {
            lock.lockInterruptibly();
            try {
                await(patience);
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "this service is stopping", e);
        }
    }

    private void await(Duration patience) throws InterruptedException {
        long left = patience.toNanos();
        long seen = changes;
        while (true) {
            // Asked first: a connection that has ended may say that there is room.
            if (gone.getAsBoolean()) throw new Failure(Failure.Kind.OUTSIDE, "the caller has gone");
            if (room.getAsBoolean()) return;
            if (left <= 0) {
                throw new Failure(
                        Failure.Kind.OUTSIDE,
                        "nothing of the answer was read for " + patience.toMillis() + " ms: read on, or ask again");
            }
            left = change.awaitNanos(left);
            if (changes != seen) left = patience.toNanos();
            seen = changes;
        }
    }
}
