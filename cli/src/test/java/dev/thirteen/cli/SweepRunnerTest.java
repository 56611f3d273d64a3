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
import java.util.ArrayList;
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
    private SweepState.Task task = new SweepState.Task(List.of(), 1, 1, false, _ -> null);
    private final List<String> notes = new ArrayList<>();
    private boolean resume;

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
                resume,
                base -> sweep.questions().spec(pattern, base, sweep.name()));
    }

    private SweepState run() {
        return run(Integer.MAX_VALUE);
    }

    /** Follows the sweep, for so many looks at most: then the process is killed. */
    private SweepState run(int looks) {
        int[] left = {looks};
        return new SweepRunner(system, task, "s", new Seconds(), notes::add).run(_ -> {
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

        assertThat(notes).hasSize(1).first().asString().contains("it is waited for, 120 s at most");
        assertThat(run().rows()).allMatch(row -> row.found().isPresent());
    }

    private void run(int looks, int failures) {
        try {
            run(looks);
        } catch (Killed _) {
            int[] first = {0};
            new SweepRunner(system, task, "s", new Seconds(), notes::add)
                    .run(_ -> system.failures = first[0]++ == 0 ? failures : 0);
        }
    }

    @Test
    void aServiceThatIsNotThereAtAllIsSaidAtOnce() {
        system.failures = 1;

        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(this::run);
    }

    /** The run of a cell as an earlier sitting left it. */
    private String stopped(int cell, RunPhase phase, long step) {
        Run.Builder run = Run.newBuilder().setName(cells.get(cell).run());
        run.getStateBuilder()
                .setSpec(cells.get(cell).file().spec())
                .setStep(step)
                .setPhase(phase)
                .setReason("the loss is not finite");
        system.runs.put(run.getName(), run.build());
        return run.getName();
    }

    @Test
    void aRunThatStopsIsAnEndThatIsTold() {
        stopped(1, RunPhase.RUN_PHASE_PAUSED, 0);
        SweepState end = run();

        assertThat(notes)
                .containsExactly(
                        "1 of its runs are paused or failed and stay so; the same command with --resume goes on"
                                + " with them");
        assertThat(system.resumed).isEmpty();

        assertThat(system.created).hasSize(4);
        assertThat(end.troubles()).containsExactly("run " + cells.get(1).run() + " is paused: the loss is not finite");
        assertThat(end.rows().get(1).found()).isEmpty();
    }

    @Test
    void runsThatAnEarlierSittingLeftPausedOrFailedAreResumedFirstWhereThatIsWanted() {
        resume = true;
        prepare(SWEEP);
        String failed = stopped(4, RunPhase.RUN_PHASE_FAILED, 0);
        String paused = stopped(2, RunPhase.RUN_PHASE_PAUSED, 1);
        String cancelled = stopped(0, RunPhase.RUN_PHASE_CANCELLED, 1);
        SweepState end = run();

        assertThat(system.resumed).containsExactly(paused, failed);
        assertThat(system.created).hasSize(2).doesNotContain(failed, paused, cancelled);
        assertThat(system.mostAtOnce).isEqualTo(2);
        assertThat(end.troubles()).containsExactly("run " + cancelled + " is cancelled: the loss is not finite");
        assertThat(end.rows().stream().filter(row -> row.found().isPresent())).hasSize(4);
        assertThat(notes).isEmpty();
    }

    @Test
    void aRunThatCannotBeResumedOrStopsOnceMoreStaysStopped() {
        resume = true;
        prepare(SWEEP);
        system.refused = stopped(1, RunPhase.RUN_PHASE_PAUSED, 1);
        String again = stopped(3, RunPhase.RUN_PHASE_FAILED, 0);
        SweepState end = new SweepRunner(system, task, "s", new Seconds(), notes::add).run(_ -> {
            Run run = system.runs.get(again);
            if (run.getState().getStep() == 1) stopped(3, RunPhase.RUN_PHASE_PAUSED, 2);
        });

        assertThat(system.resumed).containsExactly(system.refused, again);
        assertThat(notes).containsExactly("run " + system.refused + " cannot be resumed: it has no further samples");
        assertThat(end.stopped()).extracting(SweepCell::run).containsExactly(system.refused, again);
        assertThat(end.troubles()).hasSize(2);
    }

    @Test
    void aRunIsResumedOnceWhereTheAnswerCameTooLate() {
        resume = true;
        prepare(SWEEP);
        system.late = stopped(3, RunPhase.RUN_PHASE_FAILED, 0);
        SweepState end = new SweepRunner(system, task, "s", new Seconds(), notes::add).run(_ -> {
            Run run = system.runs.get(system.late);
            if (run.getState().getStep() == 1) stopped(3, RunPhase.RUN_PHASE_PAUSED, 2);
        });

        assertThat(system.resumed).containsExactly(system.late);
        assertThat(end.stopped()).extracting(SweepCell::run).containsExactly(system.late);
    }

    @Test
    void theMarkChangesWhenARunOrAnEvaluationMovesAndOnlyThen() {
        List<List<Object>> marks = new ArrayList<>();
        List<String> standing = new ArrayList<>();
        new SweepRunner(system, task, "s", new Seconds(), notes::add).run(state -> {
            marks.add(state.mark());
            standing.add(state.standing());
        });
        assertThat(marks).doesNotHaveDuplicates();
        assertThat(standing.get(1))
                .isEqualTo("run " + cells.getFirst().run() + " is running, after step 1 of 3, and 1 more wait");
        assertThat(standing.getLast()).isEqualTo("nothing is under way");

        List<List<Object>> still = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            still.add(new SweepState(task, system.runs(), system.evaluations("s")).mark());
        }
        assertThat(still.getFirst()).isEqualTo(still.getLast()).isEqualTo(marks.getLast());
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
