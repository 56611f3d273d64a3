package dev.thirteen.eval;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunSpec;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Resolves the names of adapters to steps, so that an evaluation asks the same policies to its end. */
@Singleton
class Adapters {
    private final Channel trainer;

    private final FollowedRuns runs;

    Adapters(EndpointSettings endpoints, Channels channels, FollowedRuns runs) {
        this.trainer = channels.to(endpoints.trainer());
        this.runs = runs;
    }

    /**
     * The spec with a step in every adapter's name, and with the base model that they belong to.
     *
     * @throws Failure NOT_FOUND for an unknown run or step, CALLER when base models differ, OUTSIDE
     */
    EvaluationSpec resolve(EvaluationSpec spec) {
        EvaluationSpec.Builder resolved = spec.toBuilder().clearAdapters();
        if (spec.hasFollow()) followed(resolved);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < spec.getAdaptersCount(); i++) {
            NamedAdapter adapter = get(spec.getAdapters(i));
            String name = adapter.getPolicyVersion().getRun() + "@"
                    + adapter.getPolicyVersion().getStep();
            if (!names.add(name)) throw field(i, "is " + name + ", which stands here already");
            resolved.addAdapters(name).setBaseModel(common(resolved.getBaseModel(), adapter.getBaseModel(), i));
        }
        return resolved.build();
    }

    private void followed(EvaluationSpec.Builder spec) {
        RunSpec run = runs.state(spec.getFollow().getRun()).getSpec();
        long versions = run.getSteps() / spec.getFollow().getEvery() + 1;
        if (versions > EvaluationRules.MAX_VERSIONS) {
            throw Failure.fields(List.of(new FieldProblem(
                    "follow.every",
                    "makes " + versions + " versions of " + run.getSteps() + " steps; at most "
                            + EvaluationRules.MAX_VERSIONS)));
        }
        if (spec.getBaseModel().getFolder().isEmpty()) spec.setBaseModel(run.getBaseModel());
    }

    private static BaseModel common(BaseModel asked, BaseModel own, int index) {
        if (asked.getFolder().isEmpty()) return own;
        String digest = asked.getDigest().isEmpty() ? own.getDigest() : asked.getDigest();
        if (!own.getDigest().isEmpty() && !own.getDigest().equals(digest)) {
            throw field(index, "belongs to base model " + own.getDigest() + ", not to " + digest);
        }
        return asked.toBuilder().setDigest(digest).build();
    }

    private NamedAdapter get(String name) {
        String run = name.substring(0, name.indexOf('@'));
        String step = name.substring(run.length() + 1);
        GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(run);
        if (!step.equals("latest")) request.setStep(Long.parseLong(step));
        try {
            return AdapterServiceGrpc.newBlockingStub(trainer)
                    .getAdapter(request.build())
                    .getAdapter();
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("adapter " + name + " of trainer-service", e);
        }
    }

    private static Failure field(int index, String problem) {
        return Failure.fields(List.of(new FieldProblem("adapters." + index, problem)));
    }
}
