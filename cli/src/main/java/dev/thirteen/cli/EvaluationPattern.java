package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The run after which an evaluation is patterned: its prompt, reward, data set and sampling. */
record EvaluationPattern(Session session, Services services) {
    /**
     * The spec of the run that is named, else of the adapter's own, else of the newest one on the adapter's base. It has a
     * base model only where it is the adapter's own; elsewhere the adapter says which it is.
     *
     * @param like name of a run, or a run file; null where nothing was said
     */
    RunSpec of(@Nullable String like, PolicyName adapter) {
        return like == null ? own(adapter.run()).orElseGet(() -> onTheBaseOf(adapter)) : of(like);
    }

    /** The spec of a run, or of a run file, without its base model. */
    RunSpec of(String like) {
        if (Files.isRegularFile(Path.of(like))) return file(Path.of(like));
        return run(like).toBuilder().clearBaseModel().build();
    }

    private RunSpec run(String name) {
        return services.training()
                .getRun(GetRunRequest.newBuilder().setName(name).build())
                .getRun()
                .getState()
                .getSpec();
    }

    private Optional<RunSpec> own(String name) {
        try {
            return Optional.of(run(name));
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) return Optional.empty();
            throw e;
        }
    }

    private RunSpec file(Path path) {
        RunFile file = RunFile.read(path);
        RunSubmission uploads = new RunSubmission(services.trainer(), session.output()::note);
        file.blobs().forEach(uploads::upload);
        return file.spec().toBuilder().clearBaseModel().build();
    }

    private RunSpec onTheBaseOf(PolicyName adapter) {
        String digest = services.adapters()
                .getAdapter(GetAdapterRequest.newBuilder().setRun(adapter.run()).build())
                .getAdapter()
                .getBaseModel()
                .getDigest();
        List<Run> runs = services.training()
                .listRuns(ListRunsRequest.getDefaultInstance())
                .getRunsList();
        RunSpec newest = runs.reversed().stream()
                .map(run -> run.getState().getSpec())
                .filter(spec -> spec.getBaseModel().getDigest().equals(digest))
                .findFirst()
                .orElseThrow(() -> new Failure(
                        Failure.Kind.CALLER,
                        "adapter " + adapter.run() + " was imported, and no run is on its base: say --like RUN|FILE,"
                                + " whose prompt, reward and data set to use"));
        session.output().note("evaluating as run " + newest.getName() + " does (--like names another)");
        return newest.toBuilder().clearBaseModel().build();
    }
}
