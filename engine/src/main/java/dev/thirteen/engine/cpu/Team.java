package dev.thirteen.engine.cpu;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do the items of a loop together, the caller being one of them. Loops follow each other within microseconds,
 * so threads wait awake for a short while, and asleep after that: others may need the processor. Used by one caller at a
 * time.
 */
final class Team implements AutoCloseable {
    /** One item of a loop. */
    interface Task {
        /** @param worker number of the thread, below {@link #size()} */
        void run(int item, int worker);
    }

    /** Some 50 microseconds. */
    private static final int SPINS = 1000;

    private final List<Thread> helpers = new ArrayList<>();
    private volatile @Nullable Loop loop;
    private volatile boolean closed;
    private final AtomicInteger sleeping = new AtomicInteger();

    private static final class Loop {
        private final Task task;
        private final int count;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failed;

        Loop(Task task, int count) {
            this.task = task;
            this.count = count;
        }

        void help(int worker) {
            int finished = 0;
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    task.run(i, worker);
                } catch (Throwable e) {
                    failed = e;
                }
                finished++;
            }
            if (finished > 0) done.addAndGet(finished);
        }

        /** The rest is in work: the caller has found nothing more to do. Whoever does it may wait for a processor. */
        void await() {
            for (int spin = 0; done.get() < count; spin++) {
                if (spin < SPINS) Thread.onSpinWait();
                else Thread.yield();
            }
            Throwable e = failed;
            if (e != null) throw new Failure(Failure.Kind.BUG, "a loop failed: " + e, e);
        }
    }

    /** @param size threads, the caller among them */
    Team(int size) {
        for (int i = 1; i < size; i++) {
            int worker = i;
            helpers.add(Thread.ofPlatform().daemon().name("decoding " + worker).start(() -> work(worker)));
        }
    }

    /** Threads, the caller among them. */
    int size() {
        return helpers.size() + 1;
    }

    /** Does items 0 to count - 1, in any order; returns when all are done. */
    void forEach(int count, Task task) {
        if (helpers.isEmpty() || count < 2) {
            for (int i = 0; i < count; i++) task.run(i, 0);
            return;
        }
        Loop now = new Loop(task, count);
        loop = now;
        if (sleeping.get() > 0) helpers.forEach(LockSupport::unpark);
        now.help(0);
        now.await();
    }

    private void work(int worker) {
        Loop seen = null;
        while (!closed) {
            Loop now = loop;
            for (int spin = 0; now == seen && spin < SPINS; spin++) {
                Thread.onSpinWait();
                now = loop;
            }
            if (now == null || now == seen) {
                sleeping.incrementAndGet();
                if (loop == seen && !closed) LockSupport.park(this);
                sleeping.decrementAndGet();
                continue;
            }
            seen = now;
            now.help(worker);
        }
    }

    @Override
    public void close() {
        closed = true;
        helpers.forEach(LockSupport::unpark);
    }
}
