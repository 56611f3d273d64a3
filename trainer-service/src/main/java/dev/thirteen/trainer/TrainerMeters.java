package dev.thirteen.trainer;

import dev.thirteen.core.run.Effect.DropReason;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.proto.training.v1.StepMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** What the trainer counts. Names are those of spans and records. */
@Singleton
class TrainerMeters {
    private final MeterRegistry registry;
    private final Map<String, AtomicReference<StepMetrics>> last = new ConcurrentHashMap<>();

    TrainerMeters(MeterRegistry registry) {
        this.registry = registry;
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

    void trained(String run, StepMetrics metrics) {
        registry.counter("rl.steps", "rl.run", run).increment();
        registry.counter("rl.completion.tokens", "rl.run", run).increment(metrics.getCompletionTokens());
        registry.timer("rl.step.duration", "rl.run", run).record(metrics.getStepMs(), TimeUnit.MILLISECONDS);
        registry.timer("rl.gradient.duration", "rl.run", run).record(metrics.getGradientMs(), TimeUnit.MILLISECONDS);
        last.computeIfAbsent(run, this::gauges).set(metrics);
    }

    private AtomicReference<StepMetrics> gauges(String run) {
        AtomicReference<StepMetrics> held = new AtomicReference<>(StepMetrics.getDefaultInstance());
        List<String> tags = List.of("rl.run", run);
        io.micrometer.core.instrument.Gauge.builder(
                        "rl.reward.mean", held, metrics -> metrics.get().getRewardMean())
                .tags(tags.toArray(String[]::new))
                .register(registry);
        io.micrometer.core.instrument.Gauge.builder(
                        "rl.staleness.max", held, metrics -> metrics.get().getStalenessMax())
                .tags(tags.toArray(String[]::new))
                .register(registry);
        return held;
    }
}
