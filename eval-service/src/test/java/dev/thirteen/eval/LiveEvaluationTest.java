package dev.thirteen.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import org.junit.jupiter.api.Test;

/** Who works on an evaluation, and whose word counts. */
class LiveEvaluationTest {
    private static Evaluation record(EvaluationPhase phase, long done) {
        return Evaluation.newBuilder()
                .setId("e")
                .setPhase(phase)
                .setAnswersDone(done)
                .build();
    }

    private static Evaluation running(long done) {
        return record(EvaluationPhase.EVALUATION_PHASE_RUNNING, done);
    }

    private static Evaluation finished(long done) {
        return record(EvaluationPhase.EVALUATION_PHASE_FINISHED, done);
    }

    @Test
    void thePodThatDoesNotWorkShowsWhatTheLogSays() {
        LiveEvaluation live = new LiveEvaluation(running(0));
        live.heard(running(5));
        assertThat(live.snapshot().getAnswersDone()).isEqualTo(5);
        live.heard(finished(9));
        assertThat(live.ended()).isTrue();
        live.heard(running(8));
        assertThat(live.snapshot()).isEqualTo(finished(9));
        assertThat(live.take()).isFalse();
    }

    @Test
    void workIsTakenOnceAndItsOwnRecordsAreNoNews() {
        LiveEvaluation live = new LiveEvaluation(running(7));
        assertThat(live.take()).isTrue();
        assertThat(live.take()).isFalse();
        live.heard(running(3));
        assertThat(live.snapshot().getAnswersDone()).isEqualTo(7);
        assertThat(live.mine()).isTrue();
    }

    @Test
    void whoLeavesHearsWhatItsSuccessorHasDoneMeanwhile() {
        LiveEvaluation live = new LiveEvaluation(running(7));
        live.take();
        live.release();
        live.heard(finished(20));
        assertThat(live.ended()).isFalse();
        live.left();
        assertThat(live.snapshot()).isEqualTo(finished(20));
        assertThat(live.ended()).isTrue();
    }

    @Test
    void whatWasLeftAndComesBackIsTakenAgain() {
        LiveEvaluation live = new LiveEvaluation(running(0));
        live.take();
        live.release();
        live.left();
        assertThat(live.take()).isTrue();
        assertThat(live.released()).isFalse();
    }

    @Test
    void anotherPodMayCancelIt() {
        LiveEvaluation live = new LiveEvaluation(running(0));
        live.take();
        live.heard(record(EvaluationPhase.EVALUATION_PHASE_CANCELLED, 0));
        assertThat(live.cancelled()).isTrue();
        assertThat(live.ended()).isFalse();
    }
}
