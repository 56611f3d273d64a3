package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Follows an evaluation to its end, over restarts of eval-service, and shows how far it is. */
final class EvaluationFollower {
    /** An eval-service that is started again reads what was answered; a broker takes a little longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** A log is no place for every count. */
    private static final Duration LOG_PACE = Duration.ofSeconds(10);

    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final int BAR = 24;

    private final Session session;
    private final Services services;
    private final String id;
    private final long startedNanos = System.nanoTime();
    private long firstDone = -1;
    private long shownDone = -1;
    private long shownNanos = startedNanos;
    private boolean heard;
    private boolean lineOpen;
    private Evaluation last = Evaluation.getDefaultInstance();

    EvaluationFollower(Session session, Services services, String id) {
        this.session = session;
        this.services = services;
        this.id = id;
    }

    /** Its last state. */
    Evaluation follow() {
        try (Watch watch = session.watch(services, Endpoints.Service.ROLLOUT, Endpoints.Service.REWARD)) {
            follow(watch);
        }
        return last;
    }

    private void follow(Watch watch) {
        long lostAt = System.nanoTime();
        while (!over()) {
            heard = false;
            try {
                read(watch);
            } catch (StatusRuntimeException e) {
                clear();
                if (heard) lostAt = System.nanoTime();
                boolean begun = last.getPhase() != EvaluationPhase.EVALUATION_PHASE_UNSPECIFIED;
                boolean patient = System.nanoTime() - lostAt < PATIENCE.toNanos();
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || !begun || !patient) throw e;
                if (heard) session.output().note("eval-service is gone; waiting for it to come back");
                pause();
            }
        }
        clear();
    }

    private void read(Watch watch) {
        Iterator<WatchEvaluationResponse> updates = services.evaluation()
                .watchEvaluation(WatchEvaluationRequest.newBuilder().setId(id).build());
        while (!over() && updates.hasNext()) {
            last = updates.next().getEvaluation();
            heard = true;
            watch.at(
                    last.getAnswersDone(),
                    "evaluation %s has %d of %d answers".formatted(id, last.getAnswersDone(), last.getAnswersTotal()));
            if (!over()) show();
        }
        // A service that stops in good order ends its streams in good order too.
        if (!over()) {
            throw Status.UNAVAILABLE
                    .withDescription("eval-service ended the stream before the evaluation was over")
                    .asRuntimeException();
        }
    }

    private boolean over() {
        return switch (last.getPhase()) {
            case EVALUATION_PHASE_FINISHED, EVALUATION_PHASE_FAILED, EVALUATION_PHASE_CANCELLED -> true;
            case EVALUATION_PHASE_RUNNING, EVALUATION_PHASE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    private void show() {
        if (firstDone < 0) firstDone = last.getAnswersDone();
        boolean terminal = session.output().terminal() && !session.json();
        boolean soon = System.nanoTime() - shownNanos < LOG_PACE.toNanos();
        if (!terminal && (soon || last.getAnswersDone() == shownDone)) return;
        shownNanos = System.nanoTime();
        shownDone = last.getAnswersDone();
        if (terminal) {
            session.output().text(CLEAR_LINE + line(true));
            lineOpen = true;
        } else {
            session.output().note(line(false));
        }
    }

    /** {@code [####----]  120 of 640 answers  12.3/s  0:42 left  base 0.31  tiny@60 0.47}. */
    private String line(boolean bar) {
        long done = last.getAnswersDone();
        long total = Math.max(1, last.getAnswersTotal());
        int full = (int) (BAR * done / total);
        StringBuilder line = new StringBuilder(bar ? "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]  " : "");
        if (!last.getSpec().getBenchmark().isEmpty())
            line.append(last.getSpec().getBenchmark()).append("  ");
        line.append(done).append(" of ").append(last.getAnswersTotal()).append(" answers");
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        double pace = (done - firstDone) / seconds;
        // Of a followed run nobody knows yet how much there will be.
        if (pace > 0 && !last.getSpec().hasFollow()) {
            line.append(String.format(Locale.ROOT, "  %.1f/s  ", pace))
                    .append(RunProgress.time((total - done) / pace))
                    .append(" left");
        }
        for (EvaluationRow row : last.getRowsList()) {
            boolean first = row.getDecoding().equals(last.getRows(0).getDecoding());
            if (first && row.getAnswers() > 0 && line.length() < 100) {
                line.append(String.format(Locale.ROOT, "  %s %.3f", row.getLabel(), row.getAccuracy()));
            }
        }
        return line.toString();
    }

    private void clear() {
        if (lineOpen) session.output().text(CLEAR_LINE);
        lineOpen = false;
    }

    private static void pause() {
        try {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }
}
