package dev.thirteen.trainer;

import com.google.protobuf.ByteString;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunEvent;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.CancelRunResponse;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.CreateRunResponse;
import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.ForkRunResponse;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetBlobResponse;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.GetRunResponse;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.ListRunsResponse;
import dev.thirteen.proto.training.v1.PauseRunRequest;
import dev.thirteen.proto.training.v1.PauseRunResponse;
import dev.thirteen.proto.training.v1.PutBlobRequest;
import dev.thirteen.proto.training.v1.PutBlobResponse;
import dev.thirteen.proto.training.v1.ResumeRunRequest;
import dev.thirteen.proto.training.v1.ResumeRunResponse;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Runs and blobs over gRPC. */
@GrpcService
class TrainingGrpcService extends TrainingServiceGrpc.TrainingServiceImplBase {
    /** How long a watcher that nothing happens to goes without looking whether its client is there. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final TrainerLoop loop;
    private final RunIndex index;
    private final Blobs blobs;
    private final RunAdmission admission;
    private final RunForks forks;
    private final TrainerMeters meters;
    private final TrainerConfig config;

    TrainingGrpcService(
            TrainerLoop loop,
            RunIndex index,
            Blobs blobs,
            RunAdmission admission,
            RunForks forks,
            TrainerMeters meters,
            TrainerConfig config) {
        this.loop = loop;
        this.index = index;
        this.blobs = blobs;
        this.admission = admission;
        this.forks = forks;
        this.meters = meters;
        this.config = config;
    }

    @Override
    public StreamObserver<PutBlobRequest> putBlob(StreamObserver<PutBlobResponse> answer) {
        loop.awaitReady();
        try {
            return new BlobUpload(blobs, config.maxBlobBytes(), answer);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the cache folder fails: " + e.getMessage(), e);
        }
    }

    @Override
    public void getBlob(GetBlobRequest request, StreamObserver<GetBlobResponse> answer) {
        loop.awaitReady();
        ClientStream<GetBlobResponse> client = new ClientStream<>(answer);
        try (InputStream file = Files.newInputStream(blobs.existing(request.getDigest()))) {
            byte[] piece = file.readNBytes(Blobs.PIECE_BYTES);
            while (piece.length > 0 && !client.gone()) {
                client.send(GetBlobResponse.newBuilder()
                        .setContent(ByteString.copyFrom(piece))
                        .build());
                piece = file.readNBytes(Blobs.PIECE_BYTES);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "blob " + request.getDigest() + " cannot be read", e);
        }
        client.complete();
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> answer) {
        loop.awaitReady();
        RunSpec spec = request.getSpec();
        CreateRunResponse.Builder response = CreateRunResponse.newBuilder();
        if (request.getValidateOnly()) {
            response.setRun(admission.preview(admitted(spec, RunAdmission.Files.MAY_FOLLOW)))
                    .addAllMissingBlobs(admission.missing(spec));
        } else {
            Calls.await(loop.create(admitted(spec, RunAdmission.Files.MUST_BE_THERE)));
            response.setRun(shown(spec.getName()));
        }
        reply(answer, response.build());
    }

    private RunSpec admitted(RunSpec spec, RunAdmission.Files files) {
        return admission.admit(Caller.current(), spec, files, RunAdmission.Definition.STATED);
    }

    @Override
    public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> answer) {
        loop.awaitReady();
        reply(
                answer,
                GetRunResponse.newBuilder().setRun(shown(request.getName())).build());
    }

    @Override
    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> answer) {
        loop.awaitReady();
        Caller caller = Caller.current();
        List<Run> runs =
                index.runs().stream().filter(run -> caller.sees(run.getName())).toList();
        reply(answer, ListRunsResponse.newBuilder().addAllRuns(runs).build());
    }

    @Override
    public void pauseRun(PauseRunRequest request, StreamObserver<PauseRunResponse> answer) {
        Run run = commanded(request.getName(), new RunEvent.Pause());
        reply(answer, PauseRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void resumeRun(ResumeRunRequest request, StreamObserver<ResumeRunResponse> answer) {
        loop.awaitReady();
        RunState state = shown(request.getName()).getState();
        // Of the others that can be resumed, the quota counts already.
        if (state.getPhase() == RunPhase.RUN_PHASE_FAILED) admission.requireGroups(Caller.current(), state.getSpec());
        Run run = commanded(request.getName(), new RunEvent.Resume());
        reply(answer, ResumeRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void cancelRun(CancelRunRequest request, StreamObserver<CancelRunResponse> answer) {
        Run run = commanded(request.getName(), new RunEvent.Cancel());
        reply(answer, CancelRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void forkRun(ForkRunRequest request, StreamObserver<ForkRunResponse> answer) {
        loop.awaitReady();
        Calls.await(loop.create(
                forks.record(Caller.current(), request, InstantSource.system().instant())));
        reply(
                answer,
                ForkRunResponse.newBuilder().setRun(shown(request.getName())).build());
    }

    /** Steps so far, then each change, until the run ends or the client goes. */
    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> answer) {
        loop.awaitReady();
        shown(request.getName());
        try (TrainerMeters.Watcher _ = meters.watcher()) {
            follow(request, new ClientStream<>(answer));
        }
    }

    private void follow(WatchRunRequest request, ClientStream<WatchRunResponse> client) {
        long seen = Math.max(0, request.getFromStep() - 1);
        Run shown = Run.getDefaultInstance();
        while (!client.gone()) {
            // Ends the stream with UNAVAILABLE when the service goes down, so that followers come again.
            loop.requireReady();
            long version = index.version();
            Run run = shown(request.getName());
            List<StepRecord> steps = index.steps(request.getName(), seen);
            for (StepRecord step : steps) {
                client.send(
                        WatchRunResponse.newBuilder().setRun(run).setStep(step).build());
            }
            if (steps.isEmpty() && !run.equals(shown)) {
                client.send(WatchRunResponse.newBuilder().setRun(run).build());
            }
            if (!steps.isEmpty()) seen = steps.getLast().getPolicyVersion().getStep();
            shown = run;
            if (steps.size() == RunIndex.PAGE) continue;
            if (!RunWire.phase(run.getState().getPhase()).live()) break;
            if (!Calls.awaitChange(index, version, LOOK)) break;
        }
        client.complete();
    }

    private Run commanded(String name, RunEvent event) {
        loop.awaitReady();
        index.requireSeen(Caller.current(), name);
        Calls.await(loop.command(name, event));
        return shown(name);
    }

    /** @throws Failure NOT_FOUND, for a run of another tenant too */
    private Run shown(String name) {
        index.requireSeen(Caller.current(), name);
        return index.run(name);
    }

    private static <T> void reply(StreamObserver<T> answer, T message) {
        answer.onNext(message);
        answer.onCompleted();
    }
}
