package dev.thirteen.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.ServiceTerm;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service on a real broker, through its topics and its gRPC port. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class RewardServiceTest {
    private static final long LIMIT_SECONDS = 60;
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private KafkaClients clients;
    private ManagedChannel channel;

    @BeforeEach
    void openChannel() {
        clients = RealBroker.clients(setting("thirteen.kafka.bootstrap-servers"));
        int port = Integer.parseInt(setting("quarkus.grpc.server.test-port"));
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
    }

    @AfterEach
    void closeChannel() {
        channel.shutdownNow();
    }

    @Test
    void aRolloutGoesInAndItsVerdictsComeOutUnderTheRunsKeyAndInTheSameTrace() throws Exception {
        Rollout rollout = rollout("scored", task("7", "numeric", "hash"), "3+4=7#7", "3+4=8#8", "no answer", "#7.0");

        send(record("scored/0/0", rollout.toByteArray()));
        ConsumerRecord<String, byte[]> record = read(Topics.SCORED_ROLLOUTS, "scored");

        ScoredRollout scored = ScoredRollout.parseFrom(record.value());
        assertThat(scored.getRollout()).isEqualTo(rollout);
        assertThat(scored.getVerdictsList())
                .extracting(Verdict::getKind)
                .containsExactly(
                        VerdictKind.VERDICT_KIND_CORRECT,
                        VerdictKind.VERDICT_KIND_INCORRECT,
                        VerdictKind.VERDICT_KIND_UNPARSABLE,
                        VerdictKind.VERDICT_KIND_CORRECT);
        assertThat(scored.getVerdictsList()).extracting(Verdict::getReward).containsExactly(1.0, 0.0, 0.0, 1.0);
        assertThat(new String(record.headers().lastHeader("traceparent").value()))
                .contains(TRACE);
    }

    @Test
    void whatCannotBeJudgedIsParkedAndIsNoReward() throws Exception {
        Rollout unknownScorer = rollout("parked", task("7", "astrology", "hash"), "7");

        send(record("parked/0/0", unknownScorer.toByteArray()));
        DeadLetter letter =
                DeadLetter.parseFrom(read(Topics.DEAD_LETTERS, "parked").value());
        send(record("unreadable", new byte[] {1, 2, 3}));
        DeadLetter poison = DeadLetter.parseFrom(read(Topics.DEAD_LETTERS, "").value());

        assertThat(letter.getId()).isEqualTo(unknownScorer.getRequest().getId());
        assertThat(letter.getService()).isEqualTo("reward");
        assertThat(letter.getReason()).contains("task.scorer").contains("astrology");
        assertThat(poison.getReason()).startsWith("the record is no Rollout");
        assertThat(poison.getRecord().toByteArray()).containsExactly(1, 2, 3);
    }

    @Test
    void aGroupWhoseVerifierFailsIsParkedAndTheRestFlow() throws Exception {
        try (OwnVerifier failing =
                new OwnVerifier((_, observer) -> observer.onError(Status.UNAVAILABLE.asRuntimeException()))) {
            RewardTerm own = RewardTerm.newBuilder()
                    .setName("own")
                    .setWeight(1)
                    .setService(ServiceTerm.newBuilder().setAddress(failing.address()))
                    .build();
            Rollout hopeless = rollout(
                    "own", RewardTask.newBuilder().setAnswer("7").addTerms(own).build(), "#7");

            send(record("own/0/0", hopeless.toByteArray()));
            for (int i = 0; i < 20; i++) {
                String run = "rest-" + i;
                send(record(
                        run + "/0/0",
                        rollout(run, task("7", "numeric", "hash"), "#7").toByteArray()));
            }
            for (int i = 0; i < 20; i++) {
                ScoredRollout scored = ScoredRollout.parseFrom(
                        read(Topics.SCORED_ROLLOUTS, "rest-" + i).value());
                assertThat(scored.getVerdicts(0).getReward()).isEqualTo(1);
            }
            DeadLetter letter =
                    DeadLetter.parseFrom(read(Topics.DEAD_LETTERS, "own").value());

            assertThat(letter.getId()).isEqualTo(hopeless.getRequest().getId());
            assertThat(letter.getReason()).contains("the verifier at " + failing.address());
            assertThat(failing.requests()).hasSizeGreaterThan(1);
        }
    }

    @Test
    void aComparisonThatTakesTooLongIsAVerdictOfItsOwn() {
        String endless = "\\sum_{a=1}^{999} \\sum_{b=1}^{999} \\sum_{c=1}^{999} \\sin(abc)";
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(task("1", "math", "boxed"))
                .addCompletions("\\boxed{" + endless + "}")
                .addCompletions("\\boxed{1}")
                .build();

        assertThat(RewardServiceGrpc.newBlockingStub(channel).score(request).getVerdictsList())
                .extracting(verdict -> verdict.getKind() + " " + verdict.getReward())
                .containsExactly("VERDICT_KIND_TIMED_OUT 0.0", "VERDICT_KIND_CORRECT 1.0");
    }

    @Test
    void scoreJudgesOnTheSpot() {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(task("1/2", "numeric", "boxed"))
                .addCompletions("so \\boxed{0.5}")
                .build();

        assertThat(RewardServiceGrpc.newBlockingStub(channel).score(request).getVerdictsList())
                .singleElement()
                .satisfies(verdict -> {
                    assertThat(verdict.getKind()).isEqualTo(VerdictKind.VERDICT_KIND_CORRECT);
                    assertThat(verdict.getExtracted()).isEqualTo("0.5");
                });
    }

    @Test
    void aBadTaskIsRefusedByItsField() throws InvalidProtocolBufferException {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(task("1", "numeric", "tea-leaves"))
                .addCompletions("1")
                .build();

        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> RewardServiceGrpc.newBlockingStub(channel).score(request));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        BadRequest details = StatusProto.fromThrowable(refused).getDetailsList().stream()
                .filter(detail -> detail.is(BadRequest.class))
                .findFirst()
                .orElseThrow()
                .unpack(BadRequest.class);
        assertThat(details.getFieldViolationsList())
                .singleElement()
                .satisfies(field -> assertThat(field.getField()).isEqualTo("task.extraction"));
    }

    @Test
    void healthAndReflectionAnswer() throws Exception {
        // What probes ask for: the service as a whole, whether it takes work, whether it lives.
        for (String name : List.of("", "readiness", "liveness")) await(() -> health(name) == ServingStatus.SERVING);
        assertThat(services()).contains("thirteen.reward.v1.RewardService");
    }

    @Test
    void anOldConnectionEndsAndTheNextCallHasAnother() {
        await(() -> health("") == ServingStatus.SERVING);
        await(() -> channel.getState(false) == ConnectivityState.IDLE);
        assertThat(health("liveness")).isEqualTo(ServingStatus.SERVING);
    }

    private ServingStatus health(String name) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService(name).build())
                .getStatus();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private List<String> services() throws Exception {
        CompletableFuture<List<String>> names = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> ask = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        names.complete(answer.getListServicesResponse().getServiceList().stream()
                                .map(service -> service.getName())
                                .toList());
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        names.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {
                        names.cancel(false);
                    }
                });
        ask.onNext(ServerReflectionRequest.newBuilder().setListServices("*").build());
        return names.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static RewardTask task(String answer, String scorer, String extraction) {
        return RewardTask.newBuilder()
                .setAnswer(answer)
                .setScorer(scorer)
                .setExtraction(extraction)
                .build();
    }

    private static Rollout rollout(String run, RewardTask task, String... completions) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setRequest(RolloutRequest.newBuilder()
                        .setId(GroupId.newBuilder().setRun(run).setStep(3).setGroup(2))
                        .setRewardTask(task));
        for (String completion : completions)
            rollout.addSamples(Sample.newBuilder().setText(completion));
        return rollout.build();
    }

    private static ProducerRecord<String, byte[]> record(String key, byte[] value) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(Topics.ROLLOUTS.topic(), key, value);
        record.headers().add("traceparent", ("00-" + TRACE + "-00f067aa0ba902b7-01").getBytes());
        return record;
    }

    private void send(ProducerRecord<String, byte[]> record) throws Exception {
        try (Producer<String, byte[]> producer = clients.producer()) {
            producer.send(record).get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The first record of the topic with the key. */
    private ConsumerRecord<String, byte[]> read(Topics topic, String key) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        try (Consumer<String, byte[]> reader = clients.reader()) {
            List<TopicPartition> partitions = new ArrayList<>(IntStream.range(0, topic.partitions())
                    .mapToObj(partition -> new TopicPartition(topic.topic(), partition))
                    .toList());
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(100))) {
                    if (record.key().equals(key)) return record;
                }
            }
        }
        throw new AssertionError("no record of " + topic + " with key " + key);
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }
}
