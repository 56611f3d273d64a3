package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.EngineExit;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.EngineSettings;
import dev.thirteen.kit.ProcessEnd;
import dev.thirteen.rollout.DecodeLane.Entry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The one thread that owns every decoder. Callers send it work and cancellations and get their tokens called back; rows of
 * all callers of a base model share one batch, and tasks that must be alone have a decoder of their own.
 */
@Singleton
class DecodeLoop implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DecodeLoop.class);

    /** How often a shutdown looks whether the last call has ended. */
    private static final Duration LOOK = Duration.ofMillis(20);

    /** More than any step takes. */
    private static final Duration A_STEP = Duration.ofSeconds(10);

    /** Takes a submitted task back. */
    interface Ticket {
        /** Frees its rows within one decode step; harmless after the end. */
        void cancel();

        /** Lets it go on under another policy within one decode step; harmless after the end. */
        void follow(Policy policy, long policyStep);
    }

    private final Consumer<Throwable> end;
    private final long callNanos;
    private final BlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final DecodeLanes lanes;
    private final AtomicLong ids = new AtomicLong();
    private final DecodeTotals totals = new DecodeTotals();
    private final Thread thread;
    private volatile int queuedRows;
    private volatile int runningRows;
    private volatile boolean draining;
    private volatile boolean stopped;

    @Inject
    DecodeLoop(RolloutConfig config, EngineSettings engine, CacheBudget budget) {
        this(config, engine, budget, error -> ProcessEnd.because("decoding died", error));
    }

    /** @param end told what the thread died of */
    DecodeLoop(RolloutConfig config, EngineSettings engine, CacheBudget budget, Consumer<Throwable> end) {
        this.end = end;
        this.callNanos = config.maxCallTime().toNanos();
        this.lanes = new DecodeLanes(config, engine, budget);
        budget.of(this::closeIdle);
        this.thread = Thread.ofPlatform().name("decode").daemon().start(this::run);
    }

    /** Longest sequence that a base model can decode here. */
    int maxTokens(BaseModel base) {
        return lanes.maxTokens(base);
    }

    /** Queues a task; its sink fails with CAPACITY when too much waits, and with LATE when it takes too long. */
    Ticket offer(DecodeTask task, TokenSink sink) {
        if (draining) throw shuttingDown();
        return send(task, sink, System.nanoTime() + callNanos, DecodeLane::offer);
    }

    /** Queues a task whatever waits; the caller bounds how many it sends. */
    Ticket submit(DecodeTask task, TokenSink sink) {
        return send(task, sink, Entry.NEVER, DecodeLane::add);
    }

    private Ticket send(DecodeTask task, TokenSink sink, long deadlineNanos, BiConsumer<DecodeLane, Entry> into) {
        requireFits(task);
        Entry entry = new Entry(ids.incrementAndGet(), task, sink, deadlineNanos);
        DecodeLanes.Key key = new DecodeLanes.Key(task.base(), task.alone());
        synchronized (commands) {
            if (stopped) throw shuttingDown();
            commands.add(() -> enter(key, entry, into));
        }
        return new Ticket() {
            @Override
            public void cancel() {
                commands.add(() -> lanes.on(key, lane -> lane.cancel(entry.id())));
            }

            @Override
            public void follow(Policy policy, long policyStep) {
                commands.add(() -> lanes.on(key, lane -> lane.follow(entry.id(), policy, policyStep)));
            }
        };
    }

    private void enter(DecodeLanes.Key key, Entry entry, BiConsumer<DecodeLane, Entry> into) {
        if (stopped) {
            entry.sink().failed(shuttingDown());
            return;
        }
        try {
            into.accept(lanes.lane(key, System.nanoTime()), entry);
        } catch (RuntimeException e) {
            entry.sink().failed(e);
        } catch (Error e) {
            entry.sink().failed(died(e));
            throw e;
        }
    }

    private void requireFits(DecodeTask task) {
        int most = maxTokens(task.base());
        int prompt = task.promptTokens().length;
        long asked = task.sampling().maxTokens();
        if (prompt == 0) throw new Failure(Failure.Kind.CALLER, "the prompt has no tokens");
        if (prompt + asked > most) {
            throw new Failure(
                            Failure.Kind.CALLER,
                            "the prompt has %d tokens and max_tokens is %d, together %d: at most %d fit"
                                    .formatted(prompt, asked, prompt + asked, most))
                    .because(Failure.Reason.PROMPT_TOO_LONG);
        }
    }

    /** Whether the thread lives, so that what is sent will be answered. */
    boolean running() {
        return thread.isAlive();
    }

    /** Rows that wait. */
    int queuedRows() {
        return queuedRows;
    }

    /** Rows that are decoded now. */
    int runningRows() {
        return runningRows;
    }

    /** What has been done since the start. */
    DecodeTotals totals() {
        return totals;
    }

    private static Failure shuttingDown() {
        return new Failure(Failure.Kind.OUTSIDE, "this service is shutting down");
    }

    private void run() {
        Failure why = shuttingDown();
        try {
            while (!stopped) turn();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            why = died(e);
            end.accept(e);
        }
        failAll(why);
    }

    private void turn() throws InterruptedException {
        takeCommands();
        long now = System.nanoTime();
        lanes.each(lane -> {
            lane.expire(now);
            step(lane);
        });
        lanes.closeUnloaded();
        queuedRows = lanes.waitingRows();
        runningRows = lanes.runningRows();
    }

    /** What was sent before the end is told of it; nothing can be sent after it. */
    private void failAll(Failure why) {
        List<Runnable> late = new ArrayList<>();
        synchronized (commands) {
            stopped = true;
            commands.drainTo(late);
        }
        late.forEach(Runnable::run);
        lanes.failAll(why);
    }

    /** For another thread, which waits for it, but not for a thread that never comes to it. */
    private void closeIdle(Set<BaseModel> models) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        commands.add(() -> {
            lanes.closeIdle(models::contains);
            closed.complete(null);
        });
        try {
            closed.get(A_STEP.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException late) {
            LOG.debug("idle decoders are closed after the running step", late);
        }
    }

    /** Waits for a command when there is nothing to decode. */
    private void takeCommands() throws InterruptedException {
        List<Runnable> taken = new ArrayList<>();
        if (!lanes.busy()) taken.add(commands.take());
        commands.drainTo(taken);
        taken.forEach(Runnable::run);
    }

    private void step(DecodeLane lane) {
        if (!lane.busy()) return;
        Decoder.Counts before = lane.counts();
        totals.add(lane.step(), before, lane.counts());
    }

    /** Another process may do what this one cannot. */
    static Failure died(Throwable e) {
        return new Failure(Failure.Kind.OUTSIDE, "decoding died: " + e, e);
    }

    /** Takes no further calls, the first step of a shutdown; groups of Kafka that are in work may still come. */
    void refuseCalls() {
        draining = true;
    }

    /** Waits until nothing waits and nothing runs, so long at most. */
    void drain(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        try {
            while (thread.isAlive() && System.nanoTime() < end) {
                CompletableFuture<Boolean> idle = new CompletableFuture<>();
                commands.add(() -> idle.complete(!lanes.busy()));
                if (idle.get(end - System.nanoTime(), TimeUnit.NANOSECONDS)) return;
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException late) {
            LOG.info("calls are still running at the end of the grace period; they are failed");
        }
    }

    @Override
    public void close() {
        synchronized (commands) {
            stopped = true;
            // Wakes the thread.
            commands.add(() -> LOG.debug("the decode loop ends"));
        }
        try {
            if (!thread.join(Duration.ofSeconds(10))) EngineExit.now(EngineExit.TERMINATED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
