package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Follows a run to its end, over restarts of trainer-service. */
final class RunFollower {
    /** A trainer that is started again reads its state within seconds; a broker takes a little longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Session session;
    private final Services services;
    private final String name;
    private final boolean untilPaused;
    private long next;
    private boolean heard;
    private RunState last = RunState.getDefaultInstance();

    /** @param untilPaused whether a paused run ends it too */
    RunFollower(Session session, Services services, String name, long fromStep, boolean untilPaused) {
        this.session = session;
        this.services = services;
        this.name = name;
        this.next = fromStep;
        this.untilPaused = untilPaused;
    }

    /**
     * Says that a run was made, and follows it where that is wanted.
     *
     * @param sentence without its full stop
     * @return the exit code
     */
    static int made(Session session, Services services, Run run, String sentence, boolean wait) {
        String next = wait ? "" : "; follow it: bin/thirteen run watch " + run.getName();
        if (!wait || !session.json()) session.print(run, () -> sentence + next + "\n");
        if (!wait) return CallFailure.OK;
        // A fork has no step of its own before these.
        long first = run.getState().getStep() + 1;
        return new RunFollower(session, services, run.getName(), first, true).follow();
    }

    /** Shows the run until it ends; the exit code is 0 when it finished. */
    int follow() {
        try (Watch watch = session.watch(services, Endpoints.Service.ROLLOUT, Endpoints.Service.REWARD);
                RunProgress progress =
                        new RunProgress(session.output().out(), session.output().terminal())) {
            long lostAt = System.nanoTime();
            while (!over(last.getPhase())) {
                heard = false;
                try {
                    read(progress, watch);
                    break;
                } catch (StatusRuntimeException e) {
                    if (heard) lostAt = System.nanoTime();
                    boolean begun = last.getPhase() != RunPhase.RUN_PHASE_UNSPECIFIED;
                    boolean patient = System.nanoTime() - lostAt < PATIENCE.toNanos();
                    if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || !begun || !patient) throw e;
                    if (heard) session.output().note("trainer-service is gone; waiting for it to come back");
                    pause();
                }
            }
        }
        return code();
    }

    private void read(RunProgress progress, Watch watch) {
        Iterator<WatchRunResponse> updates = services.training()
                .watchRun(WatchRunRequest.newBuilder()
                        .setName(name)
                        .setFromStep(next)
                        .build());
        while (!over(last.getPhase()) && updates.hasNext()) {
            WatchRunResponse update = updates.next();
            heard = true;
            last = update.getRun().getState();
            watch.at(List.of(last.getPhase(), last.getStep()), RunTexts.standing(update.getRun()));
            if (update.hasStep()) next = update.getStep().getPolicyVersion().getStep() + 1;
            if (session.json()) {
                session.output().json(update);
            } else {
                progress.show(update);
            }
        }
        // A trainer that stops in good order may end its streams in good order too.
        if (!over(last.getPhase()) && !RunProgress.ended(last.getPhase())) {
            throw Status.UNAVAILABLE
                    .withDescription("trainer-service ended the stream before the run was over")
                    .asRuntimeException();
        }
    }

    private boolean over(RunPhase phase) {
        // The last step and the end may come in either order; a run has told all when it has told its last step.
        boolean told = next > last.getStep();
        return told && (RunProgress.ended(phase) || untilPaused && phase == RunPhase.RUN_PHASE_PAUSED);
    }

    private int code() {
        if (last.getPhase() == RunPhase.RUN_PHASE_FINISHED) return CallFailure.OK;
        String reason = last.getReason().isEmpty() ? "" : ": " + last.getReason();
        session.output().note("thirteen: run " + name + " is " + RunProgress.words(last.getPhase()) + reason);
        return CallFailure.FAILED;
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
