package dev.thirteen.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Work that is begun once, by whoever comes first, and that a close waits for. */
final class BegunOnce {
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** Whether the caller is the first: it does the work then, and says {@link #end}. */
    boolean begin() {
        return begun.compareAndSet(false, true);
    }

    void end() {
        ended.complete(null);
    }

    /** Waits for the work where it has begun. */
    void await() {
        if (begun.get()) ended.join();
    }
}
