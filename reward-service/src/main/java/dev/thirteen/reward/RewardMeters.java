package dev.thirteen.reward;

import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Counts verdicts by kind. */
@Singleton
class RewardMeters {
    private final Map<VerdictKind, Counter> counters = new EnumMap<>(VerdictKind.class);

    RewardMeters(MeterRegistry registry) {
        for (VerdictKind kind : VerdictKind.values()) {
            if (kind == VerdictKind.UNRECOGNIZED || kind == VerdictKind.VERDICT_KIND_UNSPECIFIED) continue;
            String label = kind.name().substring("VERDICT_KIND_".length()).toLowerCase(Locale.ROOT);
            counters.put(
                    kind,
                    Counter.builder("thirteen.reward.verdicts")
                            .description("Verdicts by kind")
                            .tag("kind", label)
                            .register(registry));
        }
    }

    void count(List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            Counter counter = counters.get(verdict.getKind());
            if (counter != null) counter.increment();
        }
    }
}
