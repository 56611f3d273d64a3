package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.StepRecord;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One trace follows a step through every service and over Kafka. */
@ExtendWith(SystemUnderTest.Provider.class)
class TraceTest {
    private static final Set<String> ALL = Set.of("trainer-service", "rollout-service", "reward-service");

    @Test
    void oneTraceIdSpansTrainerRolloutAndRewardOfEveryStep(SystemUnderTest system) throws Exception {
        system.runs().create("traced", 2);
        system.runs().awaitStep("traced", 2, Duration.ofSeconds(120));
        List<StepRecord> steps = system.runs().steps("traced");
        assertThat(steps).hasSize(2);
        assertThat(steps).extracting(StepRecord::getTraceId).doesNotHaveDuplicates();
        for (StepRecord step : steps) {
            assertThat(step.getTraceId()).matches("[0-9a-f]{32}");
            Poll.until(
                    "spans of all services",
                    Duration.ofSeconds(20),
                    () -> system.traces().servicesOf(step.getTraceId()).containsAll(ALL),
                    () -> system.traces().servicesOf(step.getTraceId()).toString());
        }
    }
}
