package dev.thirteen.trainer;

import dev.thirteen.engine.EngineExit;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Threads beside the loop.
 *
 * @param engine runs gradients, one at a time
 * @param preparing prepares runs, one at a time
 */
record EngineThreads(Executor engine, Executor preparing) {
    private static final Logger LOG = Logger.getLogger(EngineThreads.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** One platform thread each. */
    EngineThreads() {
        this(thread("engine"), thread("preparation"));
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /** Lets what is under way come to its end for a while, and ends the process without it when that is too long. */
    void end(int status) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        if (ended(preparing, deadline) && ended(engine, deadline)) return;
        LOG.info("a computation under way is given up");
        EngineExit.now(status);
    }

    private static boolean ended(Executor executor, long deadline) throws InterruptedException {
        if (!(executor instanceof ExecutorService service)) return true;
        service.shutdown();
        return service.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
}
