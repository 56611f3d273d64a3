package dev.thirteen.cli;

import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts evaluations, follows them and shows what they found. */
abstract class EvaluationStart implements Callable<Integer> {
    @Mixin
    private EvaluationOptions options = new EvaluationOptions();

    @Option(names = "--follow", paramLabel = "ID", description = "Follow an evaluation that was started before.")
    private @Nullable String follow;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "Write report.html, answers.jsonl and answers.parquet into this folder at the end.")
    private @Nullable Path report;

    @Option(names = "--detach", description = "Start and do not wait: eval-service works on.")
    private boolean detach;

    private final Session session;

    EvaluationStart(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (report != null) ReportFolder.requireUsable(report);
        return session.with(services -> {
            List<String> ids = follow != null ? List.of(follow) : start(services);
            if (detach) return CallFailure.OK;
            List<Evaluation> ended = new ArrayList<>();
            for (String id : ids) ended.add(finished(new EvaluationFollower(session, services, id).follow()));
            show(services, ended);
            return CallFailure.OK;
        });
    }

    private List<String> start(Services services) {
        String suite = options.benchmarks.size() > 1
                ? "suite-" + UUID.randomUUID().toString().substring(0, 8)
                : "";
        List<String> ids = new ArrayList<>();
        for (EvaluationPlanning.Planned plan : new EvaluationPlanning(session, services, options).plans(suite)) {
            plan.blob().ifPresent(blob -> new RunSubmission(services.trainer(), session.output()::note).upload(blob));
            Evaluation started = start(services, plan);
            String name = plan.spec().getBenchmark().isEmpty()
                    ? ""
                    : " of " + plan.spec().getBenchmark();
            session.output()
                    .note("evaluation " + started.getId() + name + " (follow it again: bin/thirteen eval run --follow "
                            + started.getId() + ")");
            ids.add(started.getId());
        }
        return ids;
    }

    private static Evaluation start(Services services, EvaluationPlanning.Planned plan) {
        try {
            return services.evaluation()
                    .startEvaluation(StartEvaluationRequest.newBuilder()
                            .setSpec(plan.spec())
                            .build())
                    .getEvaluation();
        } catch (StatusRuntimeException e) {
            if (plan.blob().isEmpty() || CallFailure.fields(e).isEmpty()) throw e;
            throw new Failure(
                    Failure.Kind.CALLER,
                    String.join(
                            "\n",
                            CallFailure.fields(e).stream()
                                    .map(field -> located(field, plan))
                                    .toList()),
                    e);
        }
    }

    /** What the service says of a problem, with file and line of that problem. */
    private static String located(Failure.FieldProblem field, EvaluationPlanning.Planned plan) {
        Optional<String> place = plan.blob().flatMap(blob -> blob.place(field.problem()));
        return place.map(known -> known + ": ").orElse("") + field.path() + ": " + field.problem();
    }

    private static Evaluation finished(Evaluation evaluation) {
        if (evaluation.getPhase() == EvaluationPhase.EVALUATION_PHASE_FINISHED) return evaluation;
        boolean cancelled = evaluation.getPhase() == EvaluationPhase.EVALUATION_PHASE_CANCELLED;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "evaluation " + evaluation.getId()
                        + (cancelled ? " was cancelled" : " failed: " + evaluation.getReason()));
    }

    private void show(Services services, List<Evaluation> evaluations) {
        EvaluationText.print(session, services, evaluations, report);
    }
}
