package dev.thirteen.trainer;

import com.google.protobuf.ByteString;
import dev.thirteen.proto.keda.ExternalScalerGrpc;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.PauseRunRequest;
import dev.thirteen.proto.training.v1.PutBlobRequest;
import dev.thirteen.proto.training.v1.PutBlobResponse;
import dev.thirteen.proto.training.v1.ResumeRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A caller of trainer-service. */
final class Client implements AutoCloseable {
    /** Every call ends, however busy the machine is. */
    private static final long DEADLINE_SECONDS = 120;

    private final ManagedChannel channel;

    Client(int port) {
        channel = ManagedChannelBuilder.forAddress("localhost", port)
                .usePlaintext()
                .build();
    }

    TrainingServiceGrpc.TrainingServiceBlockingStub training() {
        return TrainingServiceGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    AdapterServiceGrpc.AdapterServiceBlockingStub adapters() {
        return AdapterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    ExternalScalerGrpc.ExternalScalerBlockingStub scaler() {
        return ExternalScalerGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    Run create(RunSpec.Builder spec) {
        return training()
                .createRun(CreateRunRequest.newBuilder().setSpec(spec).build())
                .getRun();
    }

    Run run(String name) {
        return training()
                .getRun(GetRunRequest.newBuilder().setName(name).build())
                .getRun();
    }

    Run pause(String name) {
        return training()
                .pauseRun(PauseRunRequest.newBuilder().setName(name).build())
                .getRun();
    }

    Run resume(String name) {
        return training()
                .resumeRun(ResumeRunRequest.newBuilder().setName(name).build())
                .getRun();
    }

    Run cancel(String name) {
        return training()
                .cancelRun(CancelRunRequest.newBuilder().setName(name).build())
                .getRun();
    }

    /** All that a watcher is told until the run ends. */
    List<WatchRunResponse> watch(String name) {
        List<WatchRunResponse> answers = new ArrayList<>();
        training().watchRun(WatchRunRequest.newBuilder().setName(name).build()).forEachRemaining(answers::add);
        return answers;
    }

    /** The steps of a run that ends. */
    List<StepRecord> steps(String name) {
        return watch(name).stream()
                .filter(WatchRunResponse::hasStep)
                .map(WatchRunResponse::getStep)
                .toList();
    }

    NamedAdapter adapter(String run, long step) {
        GetAdapterRequest request =
                GetAdapterRequest.newBuilder().setRun(run).setStep(step).build();
        return adapters().getAdapter(request).getAdapter();
    }

    PutBlobResponse put(String digest, byte[] file) throws Exception {
        CompletableFuture<PutBlobResponse> answer = new CompletableFuture<>();
        StreamObserver<PutBlobRequest> upload =
                TrainingServiceGrpc.newStub(channel).putBlob(new Answer(answer));
        for (int from = 0; from < file.length; from += Blobs.PIECE_BYTES) {
            int length = Math.min(Blobs.PIECE_BYTES, file.length - from);
            upload.onNext(PutBlobRequest.newBuilder()
                    .setDigest(from == 0 ? digest : "")
                    .setContent(ByteString.copyFrom(file, from, length))
                    .build());
        }
        upload.onCompleted();
        try {
            return answer.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (StatusRuntimeException) e.getCause();
        }
    }

    byte[] get(String digest) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        training()
                .getBlob(GetBlobRequest.newBuilder().setDigest(digest).build())
                .forEachRemaining(piece -> file.writeBytes(piece.getContent().toByteArray()));
        return file.toByteArray();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private record Answer(CompletableFuture<PutBlobResponse> answer) implements StreamObserver<PutBlobResponse> {
        @Override
        public void onNext(PutBlobResponse response) {
            answer.complete(response);
        }

        @Override
        public void onError(Throwable thrown) {
            answer.completeExceptionally(thrown);
        }

        @Override
        public void onCompleted() {}
    }
}
