package dev.thirteen.trainer;

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
record EngineThreads(Executor engine, Executor preparing) implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EngineThreads.class);

    /** One platform thread each. */
    EngineThreads() {
        this(thread("engine"), thread("preparation"));
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /** Lets the gradient under way come to its end, for a while. */
    @Override
    public void close() {
        if (preparing instanceof ExecutorService service) service.shutdownNow();
        if (!(engine instanceof ExecutorService service)) return;
        service.shutdown();
        try {
            if (!service.awaitTermination(10, TimeUnit.SECONDS)) LOG.info("the gradient under way is given up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
