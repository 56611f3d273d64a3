package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.LocalProcess;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.UsedGroup;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A run in which every part is killed ends with the same bits as a run in which nothing happens. */
@ExtendWith(SystemUnderTest.Provider.class)
class SurvivalTest {
    private static final int STEPS = 12;
    /** Another seed kills in another order and at other moments: {@code -Dthirteen.survival.seed=7}. */
    private static final long SEED = Long.getLong("thirteen.survival.seed", 260204118);

    /** As long as a step takes, or a little longer: a part may die in any phase of one. */
    private static final int LONGEST_DELAY_MILLIS = 1000;

    private static final Duration LIMIT = Duration.ofSeconds(300);

    @Test
    void aRunWhosePartsAreKilledEndsWithTheSameAdapterAsAQuietOne(SystemUnderTest system) throws Exception {
        RunClient runs = system.runs();
        runs.create("quiet", STEPS);
        RunState quiet = runs.awaitStep("quiet", STEPS, LIMIT);

        runs.create("stormy", STEPS);
        killEachPartOnce(system);
        RunState stormy = runs.awaitStep("stormy", STEPS, LIMIT);

        assertFinished(quiet, runs.steps("quiet"));
        assertFinished(stormy, runs.steps("stormy"));
        assertThat(adapters(runs.steps("stormy"))).isEqualTo(adapters(runs.steps("quiet")));
        assertThat(stormy.getAdapter().getValues()).isEqualTo(quiet.getAdapter().getValues());
        assertThat(stormy.getMasterList()).isEqualTo(quiet.getMasterList());
        assertThat(stormy.getFirstMomentList()).isEqualTo(quiet.getFirstMomentList());
        assertThat(stormy.getSecondMomentList()).isEqualTo(quiet.getSecondMomentList());
        assertThat(quiet.getMasterList()).anyMatch(value -> value != 0);
    }

    /** In a seeded order, each at a seeded moment after a step of its own, and only one at a time. */
    private static void killEachPartOnce(SystemUnderTest system) {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        List<LocalProcess> parts = system.partsOfARun();
        Collections.shuffle(parts, random);
        for (int i = 0; i < parts.size(); i++) {
            LocalProcess part = parts.get(i);
            RunState before = system.runs().awaitStep("stormy", 1 + 2L * i, LIMIT);
            int delay = random.nextInt(LONGEST_DELAY_MILLIS);
            Poll.pause(delay);
            System.out.printf("killing %s %d ms after step %d was seen%n", part.name(), delay, before.getStep());
            part.kill();
            part.restart();
        }
    }

    private static void assertFinished(RunState state, List<StepRecord> steps) {
        assertThat(state.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(state.getStep()).isEqualTo(STEPS);
        assertThat(steps)
                .extracting(step -> step.getPolicyVersion().getStep())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, STEPS).boxed().toList());
        for (StepRecord step : steps) {
            assertThat(step.getGroupsList())
                    .extracting(UsedGroup::getGroup)
                    .containsExactlyElementsOf(
                            IntStream.range(0, RunClient.GROUPS).boxed().toList());
            // A killed process causes redelivery, never another prompt.
            assertThat(step.getGroupsList()).allMatch(group -> group.getAttempt() == 0);
            assertThat(step.getGroupsList()).allMatch(group -> group.getRewardsCount() == RunClient.SAMPLES);
        }
    }

    private static List<Adapter> adapters(List<StepRecord> steps) {
        return steps.stream().map(StepRecord::getAdapter).toList();
    }
}
