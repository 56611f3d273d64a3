package dev.thirteen.rollout;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Meters of the decode loop. */
@Singleton
class RolloutMeters {
    void register(@Observes StartupEvent event, MeterRegistry registry, DecodeLoop loop) {
        Gauge.builder("thirteen.rollout.queued.rows", loop, DecodeLoop::queuedRows)
                .description("Rows that wait for the decoder")
                .register(registry);
        Gauge.builder("thirteen.rollout.running.rows", loop, DecodeLoop::runningRows)
                .description("Rows that are decoded now")
                .register(registry);
        FunctionCounter.builder("thirteen.rollout.tokens", loop, DecodeLoop::tokens)
                .description("Tokens drawn")
                .baseUnit("tokens")
                .register(registry);
    }
}
