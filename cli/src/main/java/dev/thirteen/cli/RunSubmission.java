package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.CreateRunResponse;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Hands a run file to trainer-service: checks the spec, uploads its problem files, creates the run. */
public final class RunSubmission {
    private static final int DEADLINE_SECONDS = 120;
    private final Channel trainer;
    private final Consumer<String> notes;

    /** @param notes is told of long uploads, a line at a time */
    public RunSubmission(Channel trainer, Consumer<String> notes) {
        this.trainer = trainer;
        this.notes = notes;
    }

    /**
     * Asks the server whether it would take the run; nothing is created or uploaded.
     *
     * @param missing is told of problem files that the server has not got, and cannot check
     * @throws Failure CALLER with file, line and key of each field that the server refuses
     */
    Run check(RunFile file, Consumer<DataSetBlob> missing) {
        CreateRunResponse answer = ask(file, true);
        for (DataSetBlob blob : file.blobs()) {
            if (answer.getMissingBlobsList().contains(blob.digest())) missing.accept(blob);
        }
        return answer.getRun();
    }

    /** What a person is told of a problem file that the server has not got. */
    static String unchecked(DataSetBlob blob, String when) {
        return "not checked: %s, which the server has not got. Whether its prompts leave room, its labels suit the reward and"
                        .formatted(blob.source())
                + " its problems are enough is checked when " + when;
    }

    /**
     * Uploads what the run needs and creates it.
     *
     * @throws Failure CALLER with file, line and key of each field that the server refuses
     */
    public Run create(RunFile file) {
        Run asked = ask(file, true).getRun();
        notes.accept(RunTexts.adapter(asked.getState().getSpec()) + ": " + RunTexts.size(asked));
        for (DataSetBlob blob : file.blobs()) upload(blob);
        return createUploaded(file);
    }

    /** Creates a run whose problem files are there. @throws Failure as {@link #create} */
    Run createUploaded(RunFile file) {
        return ask(file, false).getRun();
    }

    /** Uploads one problem file. */
    public void upload(DataSetBlob blob) {
        ByteBuffer content = ByteBuffer.wrap(blob.content());
        ByteNotes progress = new ByteNotes(notes, "uploading " + blob.source().getFileName());
        BlobUpload.put(trainer, blob.digest(), content, sent -> progress.show(sent, content.limit()));
    }

    private CreateRunResponse ask(RunFile file, boolean validateOnly) {
        CreateRunRequest request = CreateRunRequest.newBuilder()
                .setSpec(file.spec())
                .setValidateOnly(validateOnly)
                .build();
        try {
            return TrainingServiceGrpc.newBlockingStub(trainer)
                    .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .createRun(request);
        } catch (StatusRuntimeException e) {
            List<Failure.FieldProblem> fields = CallFailure.fields(e);
            if (fields.isEmpty()) throw e;
            List<String> lines =
                    fields.stream().map(field -> located(file, field)).toList();
            throw new Failure(Failure.Kind.CALLER, String.join("\n", lines), e);
        }
    }

    /** What the server says of a problem with file and line of that problem, anything else with those of the run file. */
    private static String located(RunFile file, Failure.FieldProblem field) {
        return file.blobs().stream()
                .flatMap(blob -> blob.place(field.problem()).stream())
                .findFirst()
                .map(place -> place + ": " + field.problem())
                .orElseGet(() -> file.explain(field.path(), field.problem()));
    }
}
