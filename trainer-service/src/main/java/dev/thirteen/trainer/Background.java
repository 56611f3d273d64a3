package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import io.opentelemetry.api.trace.Span;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Work that takes longer than the loop may: preparing runs, and gradients on the one engine thread. */
final class Background {
    private static final Logger LOG = Logger.getLogger(Background.class);

    private final Models models;
    private final RunIndex index;
    private final StepSpans spans;
    private final int microBatchTokens;
    private final Consumer<Runnable> loop;
    private final Executor engine;
    private final Executor preparing;

    /** @param loop takes what is to be run on the loop thread */
    Background(
            Models models,
            RunIndex index,
            StepSpans spans,
            int microBatchTokens,
            EngineThreads threads,
            Consumer<Runnable> loop) {
        this.models = models;
        this.index = index;
        this.spans = spans;
        this.microBatchTokens = microBatchTokens;
        this.engine = threads.engine();
        this.preparing = threads.preparing();
        this.loop = loop;
    }

    /** Prepares a run, then tells the loop. */
    void prepare(LiveRun run, Consumer<Workload> prepared, Consumer<String> failed) {
        var record = run.record;
        String name = run.name;
        preparing.execute(() -> {
            try {
                Workload workload = models.prepare(record, words -> index.activity(name, words));
                loop.accept(() -> prepared.accept(workload));
            } catch (RuntimeException | OutOfMemoryError e) {
                String reason = reason("run '" + name + "' cannot be prepared", e);
                loop.accept(() -> failed.accept(reason));
            } catch (Error e) {
                endLoop(e);
            }
        });
    }

    /** Computes a step, then tells the loop. */
    void compute(LiveRun run, StepComputation computation, Consumer<StepOutcome> done) {
        Workload workload = run.workload;
        if (workload == null) throw new IllegalStateException("a step is computed before its base is there");
        int requested = run.spec.schedule().microBatchTokens();
        int tokens = requested == 0 ? microBatchTokens : requested;
        Span step = run.spans.getOrDefault(run.record.getStep(), Span.getInvalid());
        engine.execute(() -> {
            Span span = spans.gradient(step);
            StepOutcome outcome;
            try {
                outcome = computation.compute(workload, tokens);
            } catch (RuntimeException | OutOfMemoryError e) {
                outcome = new StepOutcome.Unusable(reason("a step of run '" + run.name + "' cannot be computed", e));
            } catch (Error e) {
                endLoop(e);
                return;
            } finally {
                span.end();
            }
            StepOutcome result = outcome;
            loop.accept(() -> done.accept(result));
        });
    }

    /** A native library that cannot be loaded is no fault of the run: the process ends, and the run goes on in the next. */
    private void endLoop(Error e) {
        loop.accept(() -> {
            throw e;
        });
    }

    /** Frees what a run held, after whatever the engine is doing with it. */
    void close(Workload workload) {
        engine.execute(workload::close);
    }

    private static String reason(String what, Throwable e) {
        boolean known = e instanceof Failure;
        if (!known || ((Failure) e).kind() == Failure.Kind.BUG) LOG.error(what, e);
        return known ? String.valueOf(e.getMessage()) : e.toString();
    }
}
