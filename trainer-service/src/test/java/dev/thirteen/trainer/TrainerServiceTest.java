package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import dev.thirteen.kit.Digests;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.GetBlobRequest;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.PauseRunRequest;
import dev.thirteen.proto.training.v1.PutBlobRequest;
import dev.thirteen.proto.training.v1.PutBlobResponse;
import dev.thirteen.proto.training.v1.ResumeRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.UsedGroup;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service on a real broker; the test plays rollout and reward. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class TrainerServiceTest {
    @Inject
    KafkaClients clients;

    @Inject
    TrainerLoop loop;

    private ManagedChannel channel;
    private TrainingServiceGrpc.TrainingServiceBlockingStub training;
    private AdapterServiceGrpc.AdapterServiceBlockingStub adapters;
    private Peers peers;
    private String data;

    @BeforeEach
    void connect() throws Exception {
        Peers.await(loop::ready);
        int port = ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class);
        channel = ManagedChannelBuilder.forAddress("localhost", port)
                .usePlaintext()
                .build();
        training = TrainingServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
        adapters = AdapterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
        peers = new Peers(clients);
        data = put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE).getDigest();
    }

    @AfterEach
    void disconnect() {
        peers.close();
        channel.shutdownNow();
    }

    @Test
    void aRunTrainsStepByStepAndFinishes() throws Exception {
        create(Fixtures.spec("whole", data).build());
        List<RolloutRequest> first = peers.requests("whole", 2);
        assertThat(first).allSatisfy(request -> {
            assertThat(request.getPolicyVersion().getStep()).isZero();
            assertThat(request.getPromptTokenIdsList()).endsWith((int) '=');
            assertThat(request.getBaseModel().getDigest()).startsWith("sha256:b");
        });
        first.forEach(peers::score);
        List<RolloutRequest> second = peers.requests("whole", 4).subList(2, 4);
        assertThat(second).allSatisfy(request -> {
            assertThat(request.getPolicyVersion().getStep()).isEqualTo(1);
            assertThat(request.getAdapter()).isEqualTo(adapter("whole", 1).getAdapter());
        });
        assertThat(adapter("whole", 1).getAdapter())
                .isNotEqualTo(adapter("whole", 0).getAdapter());
        second.forEach(peers::score);

        List<WatchRunResponse> watched = new ArrayList<>();
        training.watchRun(WatchRunRequest.newBuilder().setName("whole").build()).forEachRemaining(watched::add);
        List<StepRecord> steps = watched.stream()
                .filter(WatchRunResponse::hasStep)
                .map(WatchRunResponse::getStep)
                .toList();
        assertThat(steps).extracting(step -> step.getPolicyVersion().getStep()).containsExactly(1L, 2L);
        assertThat(watched.getLast().getRun().getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        var metrics = steps.getFirst().getMetrics();
        assertThat(metrics.getRewardMean()).isEqualTo(0.5);
        assertThat(metrics.getUnparsable()).isEqualTo(0.5);
        assertThat(metrics.getTruncated()).isEqualTo(0.5);
        assertThat(metrics.getCompletionTokens()).isEqualTo(8);
        assertThat(metrics.getProbabilityGap()).isPositive();
        assertThat(metrics.getGradNorm()).isPositive();
        assertThat(peers.traceparent("whole")).contains(steps.getFirst().getTraceId());
        assertThat(steps.getFirst().getTraceId()).hasSize(32);
        assertThat(committedOffsets()).isEqualTo(endOffsets());
        assertThat(run("whole").getTrainedNumbers()).isEqualTo(3);
        assertThat(run("whole").getAdapterBytes()).isEqualTo(6);
    }

    @Test
    void aGroupThatComesTwiceCountsOnce() {
        create(Fixtures.spec("twice", data).setSteps(1).build());
        List<RolloutRequest> requests = peers.requests("twice", 2);
        peers.score(requests.get(1));
        peers.score(requests.get(1));
        peers.score(requests.get(0));
        StepRecord step = finished("twice");
        assertThat(step.getGroupsList()).extracting(UsedGroup::getGroup).containsExactly(0, 1);
        assertThat(step.getMetrics().getDropped()).isEqualTo(1);
    }

    @Test
    void aParkedGroupIsAskedForAgain() {
        create(Fixtures.spec("parked", data).setSteps(1).build());
        List<RolloutRequest> requests = peers.requests("parked", 2);
        peers.park(requests.get(0), "out of memory");
        peers.score(requests.get(1));
        RolloutRequest refill = peers.requests("parked", 3).get(1);
        assertThat(refill.getId().getAttempt()).isEqualTo(1);
        assertThat(refill.getFirstStream()).isNotEqualTo(requests.get(0).getFirstStream());
        peers.score(requests.get(0));
        peers.score(refill);
        StepRecord step = finished("parked");
        assertThat(step.getGroups(0).getAttempt()).isEqualTo(1);
        assertThat(step.getMetrics().getRefills()).isEqualTo(1);
    }

    @Test
    void whatAnAbortedTransactionWroteIsNotSeen() {
        create(Fixtures.spec("aborted", data).setSteps(1).build());
        List<RolloutRequest> requests = peers.requests("aborted", 2);
        try (var producer = clients.transactionalProducer("reward-of-a-test")) {
            producer.initTransactions();
            producer.beginTransaction();
            ScoredRollout lie = Fixtures.scored(requests.get(0)).toBuilder()
                    .setVerdicts(1, Verdict.newBuilder().setReward(1))
                    .build();
            producer.send(new ProducerRecord<>(Topics.SCORED_ROLLOUTS.topic(), "aborted", lie.toByteArray()));
            producer.flush();
            producer.abortTransaction();
        }
        requests.forEach(peers::score);
        assertThat(finished("aborted").getGroups(0).getRewardsList()).containsExactly(1.0, 0.0);
    }

    @Test
    void aPausedRunKeepsWhatComesAndGoesOnWhenResumed() {
        create(Fixtures.spec("paused", data).build());
        List<RolloutRequest> requests = peers.requests("paused", 2);
        Run paused = training.pauseRun(
                        PauseRunRequest.newBuilder().setName("paused").build())
                .getRun();
        assertThat(paused.getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_PAUSED);
        assertThat(paused.getState().getReason()).isEqualTo("paused by request");
        requests.forEach(peers::score);
        training.resumeRun(ResumeRunRequest.newBuilder().setName("paused").build());
        peers.requests("paused", 4);
        Run cancelled = training.cancelRun(
                        CancelRunRequest.newBuilder().setName("paused").build())
                .getRun();
        assertThat(cancelled.getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_CANCELLED);
        assertThat(cancelled.getState().getStep()).isEqualTo(1);
        assertStatus(
                () -> training.resumeRun(
                        ResumeRunRequest.newBuilder().setName("paused").build()),
                Status.Code.FAILED_PRECONDITION,
                "has ended");
        assertThat(adapter("paused", 1).getAdapter().getValues().size()).isEqualTo(6);
    }

    @Test
    void aStepWhoseGradientIsNotFinitePausesTheRun() {
        RunSpec.Builder spec = Fixtures.spec("not-finite", data);
        spec.getBaseModelBuilder().setFolder(FakeModels.NOT_FINITE);
        create(spec.build());
        peers.requests("not-finite", 2).forEach(peers::score);
        Peers.await(() -> run("not-finite").getState().getPhase() == RunPhase.RUN_PHASE_PAUSED);
        assertThat(run("not-finite").getState().getReason()).contains("the gradient is not finite");
        assertThat(run("not-finite").getState().getStep()).isZero();
        training.cancelRun(CancelRunRequest.newBuilder().setName("not-finite").build());
    }

    @Test
    void watchersOfAdaptersGetTheLatestFirstThenNewOnes() {
        create(Fixtures.spec("watched", data).setSteps(1).build());
        List<RolloutRequest> requests = peers.requests("watched", 2);
        Iterator<NamedAdapter> stream = map(adapters.watchAdapters(
                WatchAdaptersRequest.newBuilder().setRun("watched").build()));
        assertThat(stream.next().getPolicyVersion().getStep()).isZero();
        requests.forEach(peers::score);
        NamedAdapter next = stream.next();
        assertThat(next).isEqualTo(adapter("watched", 1));
        assertThat(adapters.listAdapters(ListAdaptersRequest.getDefaultInstance())
                        .getAdaptersList())
                .extracting(adapter -> adapter.getPolicyVersion().getRun())
                .contains("watched");
        Map<String, Integer> files = new java.util.HashMap<>();
        adapters.exportAdapter(
                        ExportAdapterRequest.newBuilder().setRun("watched").build())
                .forEachRemaining(
                        piece -> files.merge(piece.getPath(), piece.getContent().size(), Integer::sum));
        assertThat(files).containsEntry("adapter_model.safetensors", Blobs.PIECE_BYTES + 1);
    }

    @Test
    void blobsGoInAndOutInPiecesAndAreCheckedByDigest() throws Exception {
        byte[] file = new byte[3 * Blobs.PIECE_BYTES / 2];
        for (int i = 0; i < file.length; i++) file[i] = (byte) (i * 31 + i / 256);
        String digest = Digests.sha256(file);
        assertThat(put(digest, file).getSizeBytes()).isEqualTo(file.length);
        assertThat(get(digest)).isEqualTo(file);
        assertStatus(() -> get("sha256:" + "0".repeat(64)), Status.Code.NOT_FOUND, "there is no blob");
        assertStatus(
                () -> put("sha256:" + "0".repeat(64), file), Status.Code.INVALID_ARGUMENT, "the bytes have " + digest);
        assertStatus(() -> put(digest, new byte[2_000_001]), Status.Code.INVALID_ARGUMENT, "larger than 2000000 bytes");
    }

    @Test
    void everyBadFieldIsNamedAndNothingIsCreated() {
        RunSpec.Builder bad = Fixtures.spec("Bad", "sha256:" + "0".repeat(64)).setSamplesPerGroup(1);
        bad.getBaseModelBuilder().setFolder("elsewhere");
        bad.getSamplingBuilder().setTopP(0.9f);
        assertThatThrownBy(() -> create(bad.build())).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(violations(thrown))
                    .containsExactlyInAnyOrder(
                            "name", "sampling.top-p", "samples-per-group", "base-model.folder", "data-set.blob-digest");
        });
        CreateRunRequest check = CreateRunRequest.newBuilder()
                .setSpec(Fixtures.spec("only-checked", data))
                .setValidateOnly(true)
                .build();
        assertThat(training.createRun(check).getRun().getName()).isEqualTo("only-checked");
        assertThat(training.listRuns(ListRunsRequest.getDefaultInstance()).getRunsList())
                .extracting(Run::getName)
                .doesNotContain("Bad", "only-checked");
    }

    @Test
    void whatDoesNotExistIsNotFoundAndANameIsTakenOnce() {
        create(Fixtures.spec("taken", data).build());
        assertStatus(() -> create(Fixtures.spec("taken", data).build()), Status.Code.ALREADY_EXISTS, "'taken'");
        assertStatus(() -> run("nobody"), Status.Code.NOT_FOUND, "'nobody'");
        peers.requests("taken", 2);
        assertStatus(() -> adapter("taken", 5), Status.Code.NOT_FOUND, "steps 0 to 0, not 5");
        assertStatus(
                () -> training.watchRun(
                                WatchRunRequest.newBuilder().setName("nobody").build())
                        .hasNext(),
                Status.Code.NOT_FOUND,
                "'nobody'");
        training.cancelRun(CancelRunRequest.newBuilder().setName("taken").build());
    }

    private Run create(RunSpec spec) {
        return training.createRun(CreateRunRequest.newBuilder().setSpec(spec).build())
                .getRun();
    }

    private Run run(String name) {
        return training.getRun(GetRunRequest.newBuilder().setName(name).build()).getRun();
    }

    private StepRecord finished(String name) {
        List<StepRecord> steps = new ArrayList<>();
        training.watchRun(WatchRunRequest.newBuilder().setName(name).build()).forEachRemaining(answer -> {
            if (answer.hasStep()) steps.add(answer.getStep());
        });
        return steps.getLast();
    }

    private NamedAdapter adapter(String run, long step) {
        GetAdapterRequest request =
                GetAdapterRequest.newBuilder().setRun(run).setStep(step).build();
        return adapters.getAdapter(request).getAdapter();
    }

    private static Iterator<NamedAdapter> map(Iterator<dev.thirteen.proto.policy.v1.WatchAdaptersResponse> answers) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return answers.hasNext();
            }

            @Override
            public NamedAdapter next() {
                return answers.next().getAdapter();
            }
        };
    }

    private PutBlobResponse put(String digest, byte[] file) throws Exception {
        CompletableFuture<PutBlobResponse> answer = new CompletableFuture<>();
        StreamObserver<PutBlobRequest> upload = TrainingServiceGrpc.newStub(channel)
                .putBlob(new StreamObserver<>() {
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
                });
        for (int from = 0; from < file.length; from += Blobs.PIECE_BYTES) {
            int length = Math.min(Blobs.PIECE_BYTES, file.length - from);
            upload.onNext(PutBlobRequest.newBuilder()
                    .setDigest(from == 0 ? digest : "")
                    .setContent(ByteString.copyFrom(file, from, length))
                    .build());
        }
        upload.onCompleted();
        try {
            return answer.get(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw (StatusRuntimeException) e.getCause();
        }
    }

    private byte[] get(String digest) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        training.getBlob(GetBlobRequest.newBuilder().setDigest(digest).build())
                .forEachRemaining(piece -> file.writeBytes(piece.getContent().toByteArray()));
        return file.toByteArray();
    }

    private Map<TopicPartition, Long> committedOffsets() throws Exception {
        try (var admin = clients.admin()) {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets("trainer")
                    .partitionsToOffsetAndMetadata()
                    .get();
            return offsets.entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(Topics.SCORED_ROLLOUTS.topic()))
                    .filter(entry -> entry.getValue().offset() > 0)
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        }
    }

    private Map<TopicPartition, Long> endOffsets() {
        try (var reader = clients.reader()) {
            var ends = new java.util.HashMap<>(reader.endOffsets(TopicReplay.partitions(Topics.SCORED_ROLLOUTS)));
            ends.values().removeIf(end -> end == 0);
            return ends;
        }
    }

    private static List<String> violations(StatusRuntimeException thrown) {
        return StatusProto.fromThrowable(thrown).getDetailsList().stream()
                .filter(detail -> detail.is(BadRequest.class))
                .flatMap(detail -> unpacked(detail).getFieldViolationsList().stream())
                .map(BadRequest.FieldViolation::getField)
                .toList();
    }

    private static BadRequest unpacked(com.google.protobuf.Any detail) {
        try {
            return detail.unpack(BadRequest.class);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertStatus(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Status.Code code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(code);
            assertThat(thrown.getStatus().getDescription()).contains(text);
        });
    }
}
