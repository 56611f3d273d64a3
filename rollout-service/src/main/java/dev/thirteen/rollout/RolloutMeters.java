package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder.Counts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

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
        counter(registry, loop, "tokens", "Tokens drawn", DecodeLoop::tokens, "tokens");
        counter(
                registry,
                loop,
                "prompt.tokens",
                "Tokens of prompts that were computed",
                of(Counts::computedTokens),
                "tokens");
        counter(
                registry,
                loop,
                "prefix.tokens",
                "Tokens of prompts that the cache had",
                of(Counts::sharedTokens),
                "tokens");
        counter(
                registry,
                loop,
                "prefix.hits",
                "Prompts of which the cache had a part",
                of(Counts::sharedPrompts),
                "prompts");
        counter(
                registry,
                loop,
                "preempted",
                "Groups that lost their rows for a while",
                of(Counts::preempted),
                "groups");
    }

    private static ToDoubleFunction<DecodeLoop> of(ToLongFunction<Counts> part) {
        return loop -> part.applyAsLong(loop.counts());
    }

    private static void counter(
            MeterRegistry registry,
            DecodeLoop loop,
            String name,
            String description,
            ToDoubleFunction<DecodeLoop> value,
            String unit) {
        FunctionCounter.builder("thirteen.rollout." + name, loop, value)
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }
}
