package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.StepRecord;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One trace follows a step through every service and over Kafka. */
@ExtendWith(SystemUnderTest.Provider.class)
class TraceTest {
    /** From the step that asks for a group, by parents, to the record that comes back and is linked to that step. */
    private static final String ROUND = "trainer-service rl.step"
            + " > rollout-service process rollout-requests > rollout-service send rollouts"
            + " > reward-service process rollouts > reward-service send scored-rollouts"
            + " > trainer-service rl.step";

    @Test
    void oneTraceSpansTrainerRolloutRewardAndTrainerForEveryGroupOfEveryStep(SystemUnderTest system) throws Exception {
        system.runs().create("traced", 2);
        system.runs().awaitStep("traced", 2, Duration.ofSeconds(300));
        List<StepRecord> steps = system.runs().steps("traced");
        assertThat(steps).hasSize(2);
        assertThat(steps).extracting(StepRecord::getTraceId).doesNotHaveDuplicates();
        List<String> everyGroup = Collections.nCopies(RunClient.GROUPS, ROUND);
        for (StepRecord step : steps) {
            assertThat(step.getTraceId()).matches("[0-9a-f]{32}");
            Poll.until(
                    "trace of a whole step",
                    Duration.ofSeconds(60),
                    () -> system.traces().roundsOf(step.getTraceId()).equals(everyGroup),
                    () -> String.join("\n", system.traces().roundsOf(step.getTraceId())));
        }
    }
}
