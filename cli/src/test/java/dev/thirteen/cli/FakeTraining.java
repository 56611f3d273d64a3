package dev.thirteen.cli;

import com.google.protobuf.ByteString;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.CreateRunResponse;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.EvaluationPlan;
import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.ForkRunResponse;
import dev.thirteen.proto.training.v1.Generator;
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
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs of three steps that are over at once; after the first step a run named "breaking" loses its watchers, and one named
 * "stopping" dismisses them. One named "resting" is paused after two.
 */
final class FakeTraining extends TrainingServiceGrpc.TrainingServiceImplBase {
    /** Digest of the base of all runs. */
    static final String BASE = "sha256:" + "b".repeat(64);

    /** Files put, by digest. */
    final Map<String, ByteString> blobs = new HashMap<>();
    /** Requests to create, checks included. */
    final List<CreateRunRequest> creations = new ArrayList<>();
    /** Runs that are there beside those that always are. */
    final List<Run> more = new ArrayList<>();
    /** Steps from which watchers asked. */
    final List<Long> watchedFrom = new ArrayList<>();

    private static Run run(String name, long step, RunPhase phase) {
        RunSpec spec = RunSpec.newBuilder()
                .setName(name)
                .setBaseModel(BaseModel.newBuilder().setFolder("base-folder").setDigest(BASE))
                .setSteps(3)
                .setEvaluation(EvaluationPlan.newBuilder()
                        .setDataSet(DataSet.newBuilder()
                                .setGenerator(Generator.newBuilder().setName("arithmetic"))))
                .build();
        RunState.Builder state =
                RunState.newBuilder().setSpec(spec).setStep(step).setPhase(phase);
        if (step > 0) state.setMetrics(StepMetrics.getDefaultInstance());
        return Run.newBuilder()
                .setName(name)
                .setTrainedNumbers(13)
                .setDegreesOfFreedom(12)
                .setAdapterBytes(26)
                .setEtaSeconds(phase == RunPhase.RUN_PHASE_RUNNING ? 65 : 0)
                .setState(state)
                .build();
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> observer) {
        creations.add(request);
        if (request.getSpec().getSampling().getTopP() > 0) {
            observer.onError(FakeServices.badFields(
                    "sampling.top-p", "must be off (1) in training", "adapter.n-tie", "must be 1 to 1000000, not 0"));
            return;
        }
        Run.Builder run = run(request.getSpec().getName(), 0, RunPhase.RUN_PHASE_PREPARING).toBuilder();
        run.getStateBuilder().getSpecBuilder().setAdapter(request.getSpec().getAdapter());
        CreateRunResponse.Builder response = CreateRunResponse.newBuilder().setRun(run);
        DataSet data = request.getSpec().getDataSet();
        if (data.hasBlobDigest() && !blobs.containsKey(data.getBlobDigest())) {
            response.addMissingBlobs(data.getBlobDigest());
        }
        FakeServices.answer(observer, response.build());
    }

    @Override
    public StreamObserver<PutBlobRequest> putBlob(StreamObserver<PutBlobResponse> observer) {
        return new StreamObserver<>() {
            private String digest = "";
            private ByteString content = ByteString.EMPTY;

            @Override
            public void onNext(PutBlobRequest piece) {
                if (!piece.getDigest().isEmpty()) digest = piece.getDigest();
                content = content.concat(piece.getContent());
            }

            @Override
            public void onError(Throwable gone) {
                content = ByteString.EMPTY;
            }

            @Override
            public void onCompleted() {
                blobs.put(digest, content);
                FakeServices.answer(
                        observer, PutBlobResponse.newBuilder().setDigest(digest).build());
            }
        };
    }

    @Override
    public void getBlob(GetBlobRequest request, StreamObserver<GetBlobResponse> observer) {
        ByteString content = blobs.get(request.getDigest());
        if (content == null) {
            observer.onError(FakeServices.notFound("there is no blob " + request.getDigest()));
            return;
        }
        for (int i = 0; i < content.size(); i++) {
            observer.onNext(GetBlobResponse.newBuilder()
                    .setContent(content.substring(i, i + 1))
                    .build());
        }
        observer.onCompleted();
    }

    @Override
    public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> observer) {
        if (List.of("gone", "mine").contains(request.getName())) {
            observer.onError(FakeServices.notFound("there is no run '" + request.getName() + "'"));
            return;
        }
        Run run = more.stream()
                .filter(other -> other.getName().equals(request.getName()))
                .findFirst()
                .orElseGet(() -> run(request.getName(), 2, RunPhase.RUN_PHASE_RUNNING));
        FakeServices.answer(observer, GetRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> observer) {
        FakeServices.answer(
                observer,
                ListRunsResponse.newBuilder()
                        .addRuns(run("one", 2, RunPhase.RUN_PHASE_RUNNING))
                        .addRuns(run("two", 3, RunPhase.RUN_PHASE_FINISHED))
                        .addAllRuns(more)
                        .build());
    }

    @Override
    public void pauseRun(PauseRunRequest request, StreamObserver<PauseRunResponse> observer) {
        observer.onError(
                Status.FAILED_PRECONDITION.withDescription("run two has ended").asRuntimeException());
    }

    /** Of a run of two steps, before its own first. */
    @Override
    public void forkRun(ForkRunRequest request, StreamObserver<ForkRunResponse> observer) {
        Run run = run(request.getName(), 2, RunPhase.RUN_PHASE_PREPARING);
        FakeServices.answer(observer, ForkRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> observer) {
        watchedFrom.add(request.getFromStep());
        String name = request.getName();
        if (name.equals("resting")) {
            // It may be resumed: its stream goes on.
            observer.onNext(WatchRunResponse.newBuilder()
                    .setRun(run(name, 2, RunPhase.RUN_PHASE_PAUSED))
                    .build());
            return;
        }
        for (long step = Math.max(1, request.getFromStep()); step <= 3; step++) {
            observer.onNext(step(run(name, step, RunPhase.RUN_PHASE_RUNNING), step));
            if (name.equals("breaking") && watchedFrom.size() == 1) {
                observer.onError(Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            if (name.equals("stopping") && watchedFrom.size() == 1) {
                observer.onCompleted();
                return;
            }
        }
        RunPhase end = name.equals("failing") ? RunPhase.RUN_PHASE_FAILED : RunPhase.RUN_PHASE_FINISHED;
        observer.onNext(WatchRunResponse.newBuilder().setRun(run(name, 3, end)).build());
        observer.onCompleted();
    }

    private static WatchRunResponse step(Run run, long step) {
        return WatchRunResponse.newBuilder()
                .setRun(run)
                .setStep(StepRecord.newBuilder()
                        .setPolicyVersion(
                                PolicyVersion.newBuilder().setRun(run.getName()).setStep(step))
                        .setCommittedUnixNano(step * 2_000_000_000L)
                        .setMetrics(StepMetrics.newBuilder()
                                .setRewardMean(0.25 * step)
                                .setAccuracy(0.25 * step)
                                .setCompletionTokens(4000)
                                .setStepMs(1000)))
                .build();
    }
}
