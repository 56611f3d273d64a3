package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.thirteen.cli.sweep.SweepRow;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepRunnerTest {
    private static final String SWEEP = """
            name: s
            run: run.yaml
            at-once: 2
            evaluation: {adapters-at-once: 3}
            grids:
            - {name: g, over: {seed: [1, 2, 3, 4, 5]}}
            """;

    @TempDir
    private Path folder;

    private final FakeSweepSystem system = new FakeSweepSystem();
    private List<SweepCell> cells = List.of();
    private SweepState.Task task = new SweepState.Task(List.of(), 1, 1, _ -> null);

    @BeforeEach
    void sweep() {
        prepare(SWEEP);
    }

    private void prepare(String text) {
        SweepFile sweep = new SweepFiles(folder).read(text);
        cells = SweepCell.of(sweep);
        var pattern = RunFile.read(sweep.run()).spec();
        task = new SweepState.Task(
                cells,
                sweep.atOnce(),
                sweep.questions().adaptersAtOnce(),
                base -> sweep.questions().spec(pattern, base, sweep.name()));
    }

    private SweepState run() {
        return run(Integer.MAX_VALUE);
    }

    /** Follows the sweep, for so many looks at most: then the process is killed. */
    private SweepState run(int looks) {
        int[] left = {looks};
        return new SweepRunner(system, task, "s", new Seconds()).run(_ -> {
            if (left[0]-- == 0) throw new Killed();
        });
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** A pause is a second, in which the system does a step. */
    private final class Seconds implements SweepRunner.Clock {
        private long second = 1;

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(second);
        }

        @Override
        public void pause() {
            second++;
            system.pass();
        }
    }

    @Test
    void everyCellIsTrainedAndEvaluatedAndNoMoreThanAllowedAtOnce() {
        SweepState end = run();

        assertThat(system.mostAtOnce).isEqualTo(2);
        assertThat(system.created).hasSize(5).doesNotHaveDuplicates();
        assertThat(end.rows()).allSatisfy(row -> {
            assertThat(row.phase()).isEqualTo("finished");
            assertThat(row.found().map(SweepRow.Found::accuracy)).contains(0.5);
            assertThat(row.found().map(SweepRow.Found::base)).contains(0.25);
        });
        assertThat(end.troubles()).isEmpty();
    }

    @Test
    void theBaseIsAskedOnceForABatchOfAdaptersAndTheLastBatchMayBeSmall() {
        run();

        assertThat(system.evaluations)
                .extracting(evaluation -> evaluation.getSpec().getAdaptersCount())
                .containsExactly(3, 2);
        assertThat(system.evaluations.getFirst().getSpec().getAdaptersList())
                .allMatch(name -> name.matches("s-[0-9a-f]{12}@3"));
        assertThat(system.evaluations.getFirst().getSpec().getProblems()).isEqualTo(64);
    }

    @Test
    void aSweepThatIsKilledAtAnyMomentGoesOnWithoutDoingAnythingTwice() {
        for (int looks = 1; looks < 12; looks++) {
            try {
                run(looks);
            } catch (Killed _) {
                // The next one goes on.
            }
        }
        SweepState end = run();

        assertThat(system.created).hasSize(5).doesNotHaveDuplicates();
        assertThat(system.evaluations).hasSize(2);
        assertThat(end.rows()).allMatch(row -> row.found().isPresent());
    }

    @Test
    void cellsAreCheckedWhetherTheirRunsAreThereOrNot() {
        system.create(cells.getFirst().file());

        assertThat(SweepRunner.checked(system, cells))
                .hasSize(5)
                .allSatisfy((_, run) -> assertThat(run.getTrainedNumbers()).isEqualTo(13));
    }

    @Test
    void aLargerSweepTakesOverWhatASmallerOneDid() {
        run();
        prepare(SWEEP.replace("5]", "5, 6]"));
        SweepState end = run();

        assertThat(system.created).hasSize(6).doesNotHaveDuplicates();
        assertThat(system.evaluations.getLast().getSpec().getAdaptersCount()).isEqualTo(1);
        assertThat(end.rows()).hasSize(6).allMatch(row -> row.found().isPresent());
    }

    @Test
    void otherQuestionsAreAskedAnew() {
        run();
        prepare(SWEEP.replace("{adapters-at-once: 3}", "{adapters-at-once: 9, problems: 128}"));
        run();

        assertThat(system.created).hasSize(5);
        assertThat(system.evaluations)
                .extracting(evaluation -> evaluation.getSpec().getProblems())
                .containsExactly(64, 64, 128);
    }

    @Test
    void aServiceMayBeAwayForAWhile() {
        run(2 /* looks, and then the sweep itself is killed */, 3);

        assertThat(run().rows()).allMatch(row -> row.found().isPresent());
    }

    private void run(int looks, int failures) {
        try {
            run(looks);
        } catch (Killed _) {
            int[] first = {0};
            new SweepRunner(system, task, "s", new Seconds())
                    .run(_ -> system.failures = first[0]++ == 0 ? failures : 0);
        }
    }

    @Test
    void aServiceThatIsNotThereAtAllIsSaidAtOnce() {
        system.failures = 1;

        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(this::run);
    }

    @Test
    void aRunThatStopsIsAnEndThatIsTold() {
        Run.Builder paused = Run.newBuilder().setName(cells.get(1).run());
        paused.getStateBuilder().setPhase(RunPhase.RUN_PHASE_PAUSED).setReason("the loss is not finite");
        system.runs.put(paused.getName(), paused.build());
        SweepState end = run();

        assertThat(system.created).hasSize(4);
        assertThat(end.troubles()).containsExactly("run " + cells.get(1).run() + " is paused: the loss is not finite");
        assertThat(end.rows().get(1).found()).isEmpty();
    }

    @Test
    void anEvaluationThatFailedIsAskedAgainByTheNextSweepAndNotByThisOne() {
        system.end = EvaluationPhase.EVALUATION_PHASE_FAILED;
        SweepState failed = run();
        assertThat(failed.troubles()).hasSize(2).allMatch(trouble -> trouble.contains("did not finish"));
        assertThat(system.evaluations).hasSize(2);

        system.end = EvaluationPhase.EVALUATION_PHASE_FINISHED;
        SweepState end = run();
        assertThat(end.troubles()).isEmpty();
        assertThat(system.evaluations).extracting(Evaluation::getId).containsExactly("e0", "e1", "e2", "e3");
        assertThat(end.rows()).allMatch(row -> row.found().isPresent());
    }
}
