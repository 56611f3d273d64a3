package dev.thirteen.trainer;

import dev.thirteen.core.run.Effect.DropReason;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.proto.training.v1.StepMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;

/** What the trainer counts. Names are those of spans and records. */
@Singleton
class TrainerMeters {
    /** Services that park groups in dead-letters. */
    private static final List<String> PARKING = List.of("rollout", "reward");

    private final MeterRegistry registry;
    private final Map<String, AtomicReference<StepMetrics>> last = new ConcurrentHashMap<>();

    private final AtomicInteger watchers = new AtomicInteger();

    TrainerMeters(MeterRegistry registry) {
        this.registry = registry;
        registry.gauge("rl.watchers", watchers);
        // From the start: of a counter that begins at 1 Prometheus sees no rise.
        PARKING.forEach(this::parking);
    }

    /** A client that follows a run or adapters; closed when it is followed no more. */
    interface Watcher extends AutoCloseable {
        @Override
        void close();
    }

    /** Counts a client from now until it is closed. */
    Watcher watcher() {
        watchers.incrementAndGet();
        return watchers::decrementAndGet;
    }

    void requested(List<GroupRequest> requests) {
        long refills =
                requests.stream().filter(request -> request.attempt() > 0).count();
        registry.counter("rl.groups.requested").increment(requests.size());
        registry.counter("rl.groups.refilled").increment(refills);
    }

    void dropped(DropReason reason) {
        registry.counter(
                        "rl.groups.dropped",
                        "reason",
                        reason.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .increment();
    }

    /** A dead letter was read; after a restart the last may be read again. */
    void parked(String service) {
        parking(service).increment();
    }

    private Counter parking(String service) {
        return registry.counter("rl.groups.parked", "by", service);
    }

    void trained(String run, StepMetrics metrics) {
        registry.counter("rl.steps", "rl.run", run).increment();
        if (!metrics.getSkipped().isEmpty()) {
            registry.counter("rl.steps.skipped", "rl.run", run).increment();
        }
        registry.counter("rl.completion.tokens", "rl.run", run).increment(metrics.getCompletionTokens());
        registry.counter("rl.groups.replaced", "rl.run", run).increment(metrics.getReplacedGroups());
        registry.timer("rl.step.duration", "rl.run", run).record(metrics.getStepMs(), TimeUnit.MILLISECONDS);
        registry.timer("rl.gradient.duration", "rl.run", run).record(metrics.getGradientMs(), TimeUnit.MILLISECONDS);
        last.computeIfAbsent(run, this::gauges).set(metrics);
    }

    private AtomicReference<StepMetrics> gauges(String run) {
        AtomicReference<StepMetrics> held = new AtomicReference<>(StepMetrics.getDefaultInstance());
        Tags tags = Tags.of("rl.run", run);
        registry.gauge("rl.reward.mean", tags, held, now -> value(now).getRewardMean());
        registry.gauge("rl.staleness.max", tags, held, now -> value(now).getStalenessMax());
        registry.gauge("rl.learning.rate", tags, held, now -> value(now).getLearningRate());
        registry.gauge("rl.probability.gap", tags, held, now -> measured(now, StepMetrics::getProbabilityGap));
        registry.gauge("rl.kl", tags, held, now -> measured(now, StepMetrics::getKl));
        registry.gauge("rl.entropy", tags, held, now -> measured(now, StepMetrics::getEntropy));
        registry.gauge("rl.clipped", tags, held, now -> measured(now, StepMetrics::getClipped));
        registry.gauge("rl.masked", tags, held, now -> measured(now, StepMetrics::getMasked));
        return held;
    }

    /** A skipped step has measured nothing of its loss: 0 would be a lie. */
    private static double measured(AtomicReference<StepMetrics> held, ToDoubleFunction<StepMetrics> measure) {
        StepMetrics metrics = value(held);
        return metrics.getSkipped().isEmpty() ? measure.applyAsDouble(metrics) : Double.NaN;
    }

    /** Never null: the reference starts with the default and is only ever set to metrics. */
    private static StepMetrics value(AtomicReference<StepMetrics> held) {
        return Objects.requireNonNull(held.get());
    }
}
