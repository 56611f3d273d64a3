package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunTextsTest {
    @Test
    void theProbabilityGapOfTheLastStepIsShown() {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder().setStep(3).setMetrics(StepMetrics.newBuilder().setProbabilityGap(0.002345678));
        run.getStateBuilder().getSpecBuilder().setReward(Reward.newBuilder().setScorer("numeric"));

        assertThat(RunTexts.details(run.build()))
                .containsPattern("(?m)^probability gap +0\\.00235 \\(mean \\|p_learner - p_sampler\\|\\)$");
        run.getStateBuilder().getSpecBuilder().clearReward();
        assertThat(RunTexts.details(run.build())).doesNotContain("probability gap");
    }

    /** It measured nothing: no number is better than 0. */
    @Test
    void aSkippedStepSaysWhy() {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder().setStep(3).setMetrics(StepMetrics.newBuilder().setSkipped("the loss is not finite: NaN"));
        run.getStateBuilder().getSpecBuilder().setReward(Reward.newBuilder().setScorer("numeric"));

        assertThat(RunTexts.details(run.build()))
                .containsPattern("(?m)^skipped +the loss is not finite: NaN$")
                .doesNotContain("probability gap", "gradient norm");
    }

    @Test
    void aForkWithoutAStepOfItsOwnHasMeasuredNothing() {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder()
                .setStep(3)
                .getSpecBuilder()
                .setReward(Reward.newBuilder().setScorer("numeric"));

        assertThat(RunTexts.details(run.build())).doesNotContain("last step", "probability gap");
        assertThat(RunTexts.table(List.of(run.build()))).doesNotContain("0.000");
    }
}
