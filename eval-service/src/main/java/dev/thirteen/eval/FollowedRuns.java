package dev.thirteen.eval;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.FollowedRun;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;

/** Which versions of a run are due. */
@Singleton
class FollowedRuns {
    private static final Set<RunPhase> ENDED =
            Set.of(RunPhase.RUN_PHASE_FINISHED, RunPhase.RUN_PHASE_CANCELLED, RunPhase.RUN_PHASE_FAILED);

    private final Channel trainer;

    FollowedRuns(EndpointSettings endpoints, Channels channels) {
        this.trainer = channels.to(endpoints.trainer());
    }

    /**
     * What a look at the run found.
     *
     * @param next the spec with the versions that are due now; empty where none is
     * @param ended whether there will be no more
     */
    record Look(Optional<EvaluationSpec> next, boolean ended) {}

    /** @throws Failure NOT_FOUND for an unknown run, OUTSIDE */
    Look look(EvaluationSpec spec) {
        RunState state = state(spec.getFollow().getRun());
        boolean ended = ENDED.contains(state.getPhase());
        EvaluationSpec due = withDue(spec, state.getStep(), ended);
        boolean more = due.getAdaptersCount() > spec.getAdaptersCount();
        return new Look(more ? Optional.of(due) : Optional.empty(), ended);
    }

    /** The run as the trainer knows it. */
    RunState state(String run) {
        try {
            return TrainingServiceGrpc.newBlockingStub(trainer)
                    .getRun(GetRunRequest.newBuilder().setName(run).build())
                    .getRun()
                    .getState();
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("run " + run + " of trainer-service", e);
        }
    }

    /** Every so many steps, and the last step of a run that has ended; what is there already stays. */
    static EvaluationSpec withDue(EvaluationSpec spec, long step, boolean ended) {
        FollowedRun follow = spec.getFollow();
        EvaluationSpec.Builder due = spec.toBuilder();
        for (long at = follow.getEvery(); at <= step; at += follow.getEvery()) add(due, follow.getRun() + "@" + at);
        if (ended && step > 0) add(due, follow.getRun() + "@" + step);
        return due.build();
    }

    private static void add(EvaluationSpec.Builder spec, String adapter) {
        if (!spec.getAdaptersList().contains(adapter)) spec.addAdapters(adapter);
    }
}
