package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The adapters that evaluations asked, for their sizes. */
final class EvaluatedAdapters {
    private EvaluatedAdapters() {}

    /** A table of their sizes, whose first row is its head; empty where there is none. */
    static List<List<String>> sizes(Services services, List<Evaluation> evaluations) {
        List<NamedAdapter> found = new ArrayList<>();
        try {
            for (PolicyName policy : named(evaluations)) add(services, policy, found);
        } catch (StatusRuntimeException _) {
            // Results are worth showing without sizes: trainer-service may be away, or not for this caller.
            return List.of();
        }
        return found.isEmpty() ? List.of() : AdapterTexts.sizes(found);
    }

    private static List<PolicyName> named(List<Evaluation> evaluations) {
        return evaluations.stream()
                .map(Evaluation::getSpec)
                .filter(spec -> !spec.hasProbe())
                .flatMap(EvaluatedAdapters::names)
                .distinct()
                .map(PolicyName::parse)
                .toList();
    }

    private static Stream<String> names(EvaluationSpec spec) {
        // All steps of a run have one size.
        return spec.getAdaptersCount() == 0 && spec.hasFollow()
                ? Stream.of(spec.getFollow().getRun())
                : spec.getAdaptersList().stream();
    }

    private static void add(Services services, PolicyName policy, List<NamedAdapter> found) {
        GetAdapterRequest.Builder request = GetAdapterRequest.newBuilder().setRun(policy.run());
        policy.step().ifPresent(request::setStep);
        try {
            found.add(services.adapters().getAdapter(request.build()).getAdapter());
        } catch (StatusRuntimeException e) {
            // Its run was removed since.
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) throw e;
        }
    }
}
