package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class RunProgressTest {
    /** Who watches a run that has ended meanwhile is told of its end with every step. */
    @Test
    void theEndIsToldOnceAndLast() {
        StringWriter text = new StringWriter();
        try (RunProgress progress = new RunProgress(new PrintWriter(text), false)) {
            for (int step = 1; step <= 3; step++) progress.show(finished(step));
        }
        assertThat(text.toString().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("step 1/3 "),
                        line -> assertThat(line).startsWith("step 2/3 "),
                        line -> assertThat(line).startsWith("step 3/3 "),
                        line -> assertThat(line).isEqualTo("finished after step 3"));
    }

    private static WatchRunResponse finished(int step) {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder()
                .setStep(3)
                .setPhase(RunPhase.RUN_PHASE_FINISHED)
                .getSpecBuilder()
                .setSteps(3);
        StepRecord.Builder told = StepRecord.newBuilder();
        told.getPolicyVersionBuilder().setStep(step);
        return WatchRunResponse.newBuilder().setRun(run).setStep(told).build();
    }
}
