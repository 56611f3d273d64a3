package dev.thirteen.eval;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An evaluation as it stands, working or ended. Shared by threads. */
final class LiveEvaluation {
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Evaluation record;
    private volatile @Nullable Scoreboard board;

    LiveEvaluation(Evaluation record) {
        this.record = record;
        if (record.getPhase() != EvaluationPhase.EVALUATION_PHASE_RUNNING) ended.countDown();
    }

    /** The record, with the rows as far as they are. */
    Evaluation snapshot() {
        Scoreboard known = board;
        Evaluation last = record;
        if (known == null || ended()) return last;
        return last.toBuilder()
                .clearRows()
                .addAllRows(known.rows())
                .setAnswersDone(known.done())
                .setAnswersTotal(known.total())
                .build();
    }

    /** Whether nothing more will change. */
    boolean ended() {
        return ended.getCount() == 0;
    }

    /** Waits for the end, no longer than the time; whether it came. */
    boolean awaitEnd(Duration time) throws InterruptedException {
        return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    void working(Scoreboard scores) {
        board = scores;
    }

    void end(Evaluation last) {
        record = last;
        ended.countDown();
    }
}
