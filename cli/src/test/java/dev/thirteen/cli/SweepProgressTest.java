package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepProgressTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final AtomicBoolean still = new AtomicBoolean();
    private long seconds;

    private String shown(SweepProgress progress, SweepCell cell, long step) {
        Run.Builder run = Run.newBuilder().setName(cell.run());
        run.getStateBuilder().setStep(step).setPhase(RunPhase.RUN_PHASE_RUNNING);
        var task = new SweepState.Task(List.of(cell), 1, 1, false, _ -> EvaluationSpec.getDefaultInstance());
        out.getBuffer().setLength(0);
        progress.show(new SweepState(task, List.of(run.build()), List.of()));
        return out.toString();
    }

    @Test
    void howLongItTakesIsNotGuessedWhileNothingMoves() {
        SweepFile sweep =
                new SweepFiles(folder).read("{name: s, run: run.yaml, grids: [{name: g, over: {seed: [1]}}]}");
        SweepCell cell = SweepCell.of(sweep).getFirst();
        Output output = new Output(new PrintWriter(out), new PrintWriter(new StringWriter()), true);
        try (SweepProgress progress =
                new SweepProgress(output, () -> Duration.ofSeconds(seconds).toNanos(), still::get)) {
            shown(progress, cell, 0);
            seconds = 60;
            assertThat(shown(progress, cell, 1)).endsWith("1:00, about 2:00 left");
            still.set(true);
            seconds = 600;
            assertThat(shown(progress, cell, 1)).endsWith("0 evaluated  10:00");
        }
    }
}
