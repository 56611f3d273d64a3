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
    private volatile boolean cancelled;

    LiveEvaluation(Evaluation record) {
        this.record = record;
        if (record.getPhase() != EvaluationPhase.EVALUATION_PHASE_RUNNING) ended.countDown();
    }

    /** The record, with the rows as far as they are. */
    Evaluation snapshot() {
        Scoreboard known = board;
        Evaluation last = record;
        if (known == null || ended()) return last;
        return known.onto(last).build();
    }

    /** When it was started; nanoseconds since 1970-01-01 UTC. */
    long started() {
        return record.getStartedUnixNano();
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

    /** Takes a changed record of an evaluation that goes on. */
    void changed(Evaluation changed) {
        record = changed;
    }

    /** The record with every figure, also those that take long. */
    Evaluation complete() {
        Scoreboard known = board;
        return known == null ? record : known.finalOnto(record).build();
    }

    /** Asks the work to stop. */
    void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    void end(Evaluation last) {
        record = last;
        ended.countDown();
    }
}
