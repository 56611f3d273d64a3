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
    private volatile boolean released;
    private boolean mine;
    private Evaluation said;

    LiveEvaluation(Evaluation record) {
        this.record = record;
        this.said = record;
        if (record.getPhase() != EvaluationPhase.EVALUATION_PHASE_RUNNING) ended.countDown();
    }

    /** Takes the work on, if nobody here has and there is any; whether it did. */
    synchronized boolean take() {
        if (mine || ended()) return false;
        mine = true;
        released = false;
        return true;
    }

    /** Whether this pod works on it. */
    synchronized boolean mine() {
        return mine;
    }

    String id() {
        return record.getId();
    }

    /** Asks the work to stop, since another pod goes on with it. */
    void release() {
        released = true;
    }

    boolean released() {
        return released;
    }

    /** The work has stopped, and its figures come from the log again. */
    synchronized void left() {
        mine = false;
        board = null;
        // Another pod may have gone on, or even come to the end, while this one was leaving.
        if (released) heard(said);
    }

    /** Hears what the log says of it; who works on it knows better, except that it is to be cancelled. */
    synchronized void heard(Evaluation record) {
        said = record;
        boolean running = said.getPhase() == EvaluationPhase.EVALUATION_PHASE_RUNNING;
        // Progress that was on its way when the end was recorded.
        if (ended() && running) return;
        if (!mine) this.record = said;
        if (!mine && !running) ended.countDown();
        if (mine && said.getPhase() == EvaluationPhase.EVALUATION_PHASE_CANCELLED) cancelled = true;
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
