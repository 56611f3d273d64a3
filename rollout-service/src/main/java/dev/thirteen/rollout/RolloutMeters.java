package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder.Counts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
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
        FunctionCounter.builder(
                        "thirteen.rollout.tokens", loop, one -> one.totals().tokens())
                .description("Tokens drawn")
                .baseUnit("tokens")
                .register(registry);
        count(registry, loop, "prompt.tokens", "Tokens of prompts that were computed", Counts::computedTokens);
        count(registry, loop, "prefix.tokens", "Tokens of prompts that the cache had", Counts::sharedTokens);
        count(registry, loop, "prefix.hits", "Prompts whose beginning the cache had", Counts::sharedPrompts);
        count(registry, loop, "preempted.groups", "Groups that lost their rows for a while", Counts::preempted);
    }

    private static void count(
            MeterRegistry registry, DecodeLoop loop, String name, String description, ToLongFunction<Counts> part) {
        FunctionCounter.builder(
                        "thirteen.rollout." + name,
                        loop,
                        one -> part.applyAsLong(one.totals().counts()))
                .description(description)
                .register(registry);
    }
}
