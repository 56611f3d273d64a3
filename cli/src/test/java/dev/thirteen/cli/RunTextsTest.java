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
    void answersThatWereCutOrLeftOutAreCounted() {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder()
                .setStep(3)
                .setMetrics(StepMetrics.newBuilder()
                        .setCompletionLength(30)
                        .setTruncated(0.125)
                        .setLeftOutSamples(4));
        run.getStateBuilder().getSpecBuilder().setReward(Reward.newBuilder().setScorer("numeric"));

        assertThat(RunTexts.details(run.build()))
                .contains("30.0 tokens a sample, 0.125 cut, 4 left out, 0 refills, 0 dropped\n");
    }

    @Test
    void theLastStepHasWhatTheRunMeasuresByItsDefinition() {
        Run.Builder run = Run.newBuilder();
        StepMetrics.Builder metrics = run.getStateBuilder().setStep(3).getMetricsBuilder();
        metrics.setLearningRate(0.00002).setRefills(3).setReplacedGroups(2);
        assertThat(RunTexts.details(run.build()))
                .containsPattern("(?m)^ +learning rate 2\\.00e-05$")
                .contains("3 refills, 2 replaced, 0 dropped\n");

        metrics.setKl(0.0123).setEntropy(1.5).setClipped(0.25).setMasked(0.125);
        assertThat(RunTexts.details(run.build()))
                .contains("learning rate 2.00e-05, KL 0.0123, entropy 1.50, clipped 0.250, masked 0.125\n");
    }

    /** It judges nothing and samples nothing, so 0 would be a lie. */
    @Test
    void aSupervisedRunHasALossAndNoReward() {
        Run.Builder run = Run.newBuilder();
        run.getStateBuilder()
                .setStep(3)
                .setMetrics(
                        StepMetrics.newBuilder().setLoss(0.25).setGradNorm(0.5).setCompletionLength(19));
        run.getStateBuilder().getSpecBuilder().setGroupsPerStep(16).setSamplesPerGroup(1);
        run.getStateBuilder().getSpecBuilder().getAlgorithmBuilder().setName("sft");

        assertThat(RunTexts.details(run.build()))
                .containsPattern("(?m)^a step +16 examples$")
                .containsPattern("(?m)^last step +loss 0\\.2500?, gradient norm 0\\.500$")
                .contains("19.0 tokens an example\n")
                .doesNotContain("reward", "accuracy", "refills", "staleness");
        assertThat(RunTexts.table(List.of(run.build()))).doesNotContain("0.000");
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
