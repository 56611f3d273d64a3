package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunState;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Work that takes longer than the loop may: preparing runs, and gradients on the one engine thread. */
final class Background {
    private static final Logger LOG = Logger.getLogger(Background.class);

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** Steps join until they fill so many passes: what a last pass leaves empty is little then. */
    private static final int PASSES_TOGETHER = 8;

    private static final int MOST_TOGETHER = 1024;

    private final Queue<Job> waiting = new ConcurrentLinkedQueue<>();
    private final Models models;
    private final RunIndex index;
    private final StepSpans spans;
    private final int microBatchTokens;
    private final Consumer<Runnable> loop;
    private final Optional<SpreadGradients> spread;
    private final Executor engine;
    private final Executor preparing;

    /**
     * @param spread offers parts of gradients to replicas; empty where all are computed here
     * @param loop takes what is to be run on the loop thread
     */
    Background(
            Models models,
            RunIndex index,
            StepSpans spans,
            int microBatchTokens,
            EngineThreads threads,
            Optional<SpreadGradients> spread,
            Consumer<Runnable> loop) {
        this.spread = spread;
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
        RunState record = run.record;
        String name = run.name;
        preparing.execute(() -> {
            try {
                Workload workload = prepare(name, record);
                loop.accept(() -> prepared.accept(workload));
            } catch (RuntimeException | OutOfMemoryError e) {
                String reason = reason("run '" + name + "' cannot be prepared", e);
                loop.accept(() -> failed.accept(reason));
            } catch (Error e) {
                endLoop(e);
            }
        });
    }

    /** Tries again for a while when the fault lies outside, as when the broker is away: a run is not lost for that. */
    private Workload prepare(String name, RunState record) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                return models.prepare(record, words -> index.activity(name, words));
            } catch (Failure e) {
                boolean live = RunWire.phase(index.state(name).getPhase()).live();
                if (!e.kind().retryable() || !live || System.nanoTime() > deadline) throw e;
                index.activity(name, "trying again in %d s: %s".formatted(pause.toSeconds(), e.getMessage()));
            }
            pause(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "trainer-service is stopping", e);
        }
    }

    /** A step that waits for the engine. */
    private record Job(
            SharedSteps.Step step, long tokens, Optional<Gradients> spread, Span parent, Consumer<StepOutcome> done) {
        /** Whether the passes of both may be one. */
        boolean joins(Job other) {
            Optional<String> passes = step.workload().passes();
            return spread.isEmpty()
                    && other.spread.isEmpty()
                    && passes.isPresent()
                    && passes.equals(other.step.workload().passes());
        }
    }

    /** Computes a step, then tells the loop. Steps that wait at the same time are computed together where they can be. */
    void compute(LiveRun run, StepComputation computation, Consumer<StepOutcome> done) {
        Workload workload = run.workload;
        if (workload == null) throw new IllegalStateException("a step is computed before its base is there");
        int requested = run.spec.schedule().microBatchTokens();
        int tokens = requested == 0 ? microBatchTokens : requested;
        Span parent = run.spans.getOrDefault(run.record.getStep(), Span.getInvalid());
        waiting.add(new Job(
                new SharedSteps.Step(run.name, computation, workload, tokens),
                run.tokens(run.record.getStep()),
                spread.map(replicas -> replicas.of(run.record, run.spec, workload)),
                parent,
                done));
        engine.execute(this::computeNext);
    }

    /** The step that has waited longest, with those that can join it: enough to fill their passes, so that others wait no longer. */
    private List<Job> takeNext() {
        List<Job> taken = new ArrayList<>();
        Job first = waiting.poll();
        if (first == null) return taken;
        taken.add(first);
        long tokens = first.tokens();
        long most = (long) PASSES_TOGETHER * first.step().microBatchTokens();
        Iterator<Job> others = waiting.iterator();
        while (tokens < most && taken.size() < MOST_TOGETHER && others.hasNext()) {
            Job other = others.next();
            if (!first.joins(other)) continue;
            others.remove();
            taken.add(other);
            tokens += other.tokens();
        }
        return taken;
    }

    private void computeNext() {
        List<Job> jobs = takeNext();
        // Whoever waited was taken along by another.
        if (jobs.isEmpty()) return;
        List<Span> gradients =
                jobs.stream().map(job -> spans.gradient(job.parent())).toList();
        List<StepOutcome> outcomes;
        try {
            outcomes = jobs.size() == 1
                    ? List.of(alone(jobs.getFirst()))
                    : new SharedSteps(jobs.stream().map(Job::step).toList(), Background::unusable).compute();
        } catch (Error e) {
            endLoop(e);
            return;
        } finally {
            gradients.forEach(Span::end);
        }
        loop.accept(() -> {
            for (int i = 0; i < jobs.size(); i++) jobs.get(i).done().accept(outcomes.get(i));
        });
    }

    private static StepOutcome alone(Job job) {
        SharedSteps.Step step = job.step();
        Gradients gradients = job.spread().orElseGet(() -> Gradients.here(step.workload()));
        try {
            return step.computation().compute(step.workload(), gradients, step.microBatchTokens());
        } catch (RuntimeException | OutOfMemoryError e) {
            return unusable(step, e);
        }
    }

    private static StepOutcome unusable(SharedSteps.Step step, Throwable e) {
        return new StepOutcome.Unusable(reason("a step of run '" + step.run() + "' cannot be computed", e));
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
        if (Failure.isBug(e)) LOG.error(what, e);
        if (e instanceof OutOfMemoryError) {
            return String.format(
                    Locale.ROOT,
                    "no memory is left (%s): this trainer's heap has %,d bytes. Give it more or cancel other runs, then resume this one",
                    e.getMessage(),
                    Runtime.getRuntime().maxMemory());
        }
        return e instanceof Failure ? String.valueOf(e.getMessage()) : e.toString();
    }
}
