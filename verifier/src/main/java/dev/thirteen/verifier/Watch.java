package dev.thirteen.verifier;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs pieces of work one after the other on a thread of its own and watches them: the last line of defence, should work not end
 * by itself. Time that the thread did not get from a busy machine does not count. For one caller at a time.
 */
public final class Watch implements AutoCloseable {
    /** A busy machine may stretch time this much. */
    private static final int MOST_STRETCH = 60;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Duration limit;
    private Worker worker = new Worker();

    /**
     * A watch.
     *
     * @param limit time of a core after which work is given up
     */
    public Watch(Duration limit) {
        this.limit = limit;
        worker.start();
    }

    /** The work did not end within the limit; its thread is left behind. */
    public static final class HungException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /**
     * The result of a piece of work.
     *
     * @throws HungException when it does not end
     * @throws ExecutionException when it fails
     */
    public <T> T run(Callable<T> work) throws HungException, ExecutionException, InterruptedException {
        CompletableFuture<T> result = new CompletableFuture<>();
        long before = worker.cpuNanos();
        worker.take(() -> {
            try {
                result.complete(work.call());
            } catch (Throwable failed) { // whatever it is, it belongs to this piece alone
                result.completeExceptionally(failed);
            }
        });
        for (int waits = 0; waits < MOST_STRETCH; waits++) {
            try {
                return result.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException _) {
                if (worker.cpuNanos() - before >= limit.toNanos()) break; // else it had no processor
            }
        }
        worker.interrupt();
        worker = new Worker();
        worker.start();
        throw new HungException();
    }

    @Override
    public void close() {
        worker.interrupt();
    }

    /** A thread that takes work until it is interrupted. */
    private static final class Worker extends Thread {
        private static final long STACK_BYTES = 16L << 20;

        private final SynchronousQueue<Runnable> queue = new SynchronousQueue<>();

        Worker() {
            super(null, null, "verifier", STACK_BYTES);
            setDaemon(true);
        }

        void take(Runnable work) throws InterruptedException {
            queue.put(work);
        }

        long cpuNanos() {
            return THREADS.getThreadCpuTime(threadId());
        }

        @Override
        public void run() {
            try {
                while (true) queue.take().run();
            } catch (InterruptedException _) {
                interrupt(); // it was closed
            }
        }
    }
}
