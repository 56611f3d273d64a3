package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.ResumeRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The running system, by gRPC. */
final class SweepServices implements SweepSystem {
    private final Services services;
    private final RunSubmission submission;
    private final Set<String> uploaded = new HashSet<>();
    private final Map<String, Run> runs = new LinkedHashMap<>();
    private final Set<Path> missing = new HashSet<>();
    private final Consumer<DataSetBlob> whenMissing;
    private boolean listed;

    /** @param whenMissing is told once of each problem file of a checked run that the server has not got */
    SweepServices(Services services, Consumer<DataSetBlob> whenMissing) {
        this.services = services;
        this.submission = new RunSubmission(services.trainer(), _ -> {});
        this.whenMissing = whenMissing;
    }

    /** Uploads problem files that were not uploaded before. */
    void upload(List<DataSetBlob> blobs) {
        for (DataSetBlob blob : blobs) {
            if (uploaded.add(blob.digest())) submission.upload(blob);
        }
    }

    @Override
    public Run check(RunFile file) {
        return submission.check(file, blob -> {
            if (missing.add(blob.source())) whenMissing.accept(blob);
        });
    }

    @Override
    public List<Run> runs() {
        if (!listed) {
            ListRunsRequest all = ListRunsRequest.getDefaultInstance();
            services.training().listRuns(all).getRunsList().forEach(run -> runs.put(run.getName(), run));
            listed = true;
        } else {
            // A record holds all of a run's numbers: those that have ended for good are not sent again and again.
            runs.replaceAll((name, run) -> over(run) ? run : run(name));
        }
        return List.copyOf(runs.values());
    }

    private static boolean over(Run run) {
        RunPhase phase = run.getState().getPhase();
        return phase == RunPhase.RUN_PHASE_FINISHED || phase == RunPhase.RUN_PHASE_CANCELLED;
    }

    private Run run(String name) {
        return services.training()
                .getRun(GetRunRequest.newBuilder().setName(name).build())
                .getRun();
    }

    @Override
    public void create(RunFile file) {
        upload(file.blobs());
        String name = file.spec().getName();
        try {
            runs.put(name, submission.createUploaded(file));
        } catch (StatusRuntimeException e) {
            // Asked for twice, where the first answer was lost.
            if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) throw e;
            runs.put(name, run(name));
        }
    }

    @Override
    public void resume(String run) {
        runs.put(
                run,
                services.training()
                        .resumeRun(ResumeRunRequest.newBuilder().setName(run).build())
                        .getRun());
    }

    @Override
    public List<Evaluation> evaluations(String suite) {
        return services.evaluation()
                .listEvaluations(
                        ListEvaluationsRequest.newBuilder().setSuite(suite).build())
                .getEvaluationsList();
    }

    @Override
    public void ask(EvaluationSpec spec) {
        services.evaluation()
                .startEvaluation(
                        StartEvaluationRequest.newBuilder().setSpec(spec).build());
    }
}
