package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the index holds of steps, and what it reads from the log. */
class RunIndexTest {
    private static final int RUNS = 1000;
    private static final int STEPS = 500;
    private static final int RUN_BYTES = 10_000;
    private static final long RECENT_BYTES = 1 << 20;

    /** A log that is made when it is read: step by step the same for all runs, run after run. */
    private record Made(List<Long> asked) implements StepLog {
        Made() {
            this(new ArrayList<>());
        }

        @Override
        public List<StepRecord> read(List<Long> offsets) {
            asked.addAll(offsets);
            return offsets.stream().map(Made::at).toList();
        }

        static StepRecord at(long offset) {
            StepRecord.Builder step = StepRecord.newBuilder()
                    .setPolicyVersion(Records.version("run-" + offset % RUNS, offset / RUNS + 1))
                    .setCommittedUnixNano(2_000_000_000L * (offset / RUNS));
            step.getMetricsBuilder().setRewardMean(offset);
            // 13 numbers and their two moments.
            for (int i = 0; i < 39; i++) step.getOptimizerBuilder().addMaster(i);
            return step.build();
        }
    }

    private static RunState state(String run, long step) {
        RunState.Builder state = RunState.newBuilder().setPhase(RunPhase.RUN_PHASE_RUNNING);
        state.getSpecBuilder().setName(run).setSteps(STEPS);
        return state.setStep(step).build();
    }

    @Test
    void aThousandRunsOfFiveHundredStepsTakeTheSameFewBytesEach() {
        Made log = new Made();
        long before = ManyRunsTest.heap();
        RunIndex index = new RunIndex(log, RECENT_BYTES);
        for (long offset = 0; offset < RUNS * STEPS; offset++) {
            index.committed(state("run-" + offset % RUNS, offset / RUNS + 1), Made.at(offset), offset);
        }
        long bytes = (ManyRunsTest.heap() - before - RECENT_BYTES) / RUNS;

        System.out.printf("%d runs of %d steps: %d bytes of heap a run in the index%n", RUNS, STEPS, bytes);
        assertThat(bytes).isLessThan(RUN_BYTES);
        assertThat(log.asked()).isEmpty();
        assertThat(index.run("run-7").getState().getStep()).isEqualTo(STEPS);
        assertThat(index.step("run-7", STEPS)).contains(Made.at(RUNS * (STEPS - 1) + 7));
        assertThat(log.asked()).isEmpty();
        assertThat(index.step("run-7", 3)).contains(Made.at(2 * RUNS + 7));
        assertThat(log.asked()).containsExactly(2L * RUNS + 7);
    }

    @Test
    void aFollowerLooksAtWhatChangedAlone() {
        RunIndex index = new RunIndex(new Made(), RECENT_BYTES);
        assertThat(index.changesAfter(0).names()).isEmpty();
        for (String run : List.of("a", "b", "c")) index.committed(state(run, 0));
        index.kept(NamedAdapter.newBuilder()
                .setPolicyVersion(Records.version("imported", 1))
                .build());
        RunIndex.Changes first = index.changesAfter(0);
        assertThat(first.names()).containsExactly("a", "b", "c", "imported");
        assertThat(first.version()).isEqualTo(index.version());

        index.committed(state("b", 1), Made.at(0), 0);
        index.committed(state("a", 1), Made.at(1), 1);
        index.activity("c", "loading");
        index.committed(state("b", 2), Made.at(2), 2);
        RunIndex.Changes second = index.changesAfter(first.version());
        assertThat(second.names()).containsExactly("a", "b");
        assertThat(index.changesAfter(second.version()).names()).isEmpty();
        assertThat(index.changesAfter(0).names()).containsExactly("c", "imported", "a", "b");
    }

    @Test
    void stepsAreReadAPageAtATimeOldAndNewAlike() {
        Made log = new Made();
        // Room for the last few.
        RunIndex index = new RunIndex(log, 10L * Made.at(0).getSerializedSize());
        for (int step = 1; step <= 300; step++) {
            long offset = (step - 1) * RUNS;
            index.committed(state("run-0", step), Made.at(offset), offset);
        }

        List<StepRecord> first = index.steps("run-0", 0);
        List<StepRecord> second = index.steps("run-0", RunIndex.PAGE);

        assertThat(first).hasSize(RunIndex.PAGE);
        assertThat(first)
                .extracting(step -> step.getPolicyVersion().getStep())
                .startsWith(1L, 2L)
                .endsWith(256L);
        assertThat(second).hasSize(300 - RunIndex.PAGE);
        assertThat(second.getLast()).isEqualTo(Made.at(299 * RUNS));
        assertThat(log.asked()).hasSizeBetween(285, 295).doesNotContain(299L * RUNS);
        assertThat(index.steps("run-0", 300)).isEmpty();
        assertThat(index.step("run-0", 0)).isEmpty();
        assertThat(index.step("run-0", 301)).isEmpty();
    }

    @Test
    void theLogOfAForkBeginsLater() {
        Made log = new Made();
        RunIndex index = new RunIndex(log, 0);
        for (int step = 41; step <= 43; step++) {
            long offset = (step - 1) * RUNS + 5;
            index.committed(state("run-5", step), Made.at(offset), offset);
        }

        assertThat(index.steps("run-5", 0))
                .extracting(step -> step.getPolicyVersion().getStep())
                .containsExactly(41L, 42L, 43L);
        assertThat(index.steps("run-5", 42)).hasSize(1);
        assertThat(index.step("run-5", 40)).isEmpty();
        assertThat(index.step("run-5", 41)).contains(Made.at(40 * RUNS + 5));
        // Two seconds a step.
        assertThat(index.run("run-5").getEtaSeconds()).isEqualTo(2.0 * (STEPS - 43));
    }
}
