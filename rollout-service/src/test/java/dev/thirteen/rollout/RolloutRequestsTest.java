package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.rollout.v1.PolicySpan;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service through its topics, on a real broker and a tiny random checkpoint. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class RolloutRequestsTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Inject
    DecodeLoop loop;

    private Surroundings around;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
    }

    @AfterEach
    void close() {
        around.close();
    }

    @Test
    void aRequestGoesInAndItsRolloutComesOut() throws Exception {
        RolloutRequest request = request("shapes", 0).build();

        send(true, request);
        ConsumerRecord<String, byte[]> record = rollouts("shapes", 1).getFirst();

        Rollout rollout = Rollout.parseFrom(record.value());
        assertThat(record.key()).isEqualTo("shapes/3/0");
        assertThat(rollout.getRequest()).isEqualTo(request);
        assertThat(rollout.getSamplesList()).hasSize(4).allSatisfy(sample -> {
            assertThat(sample.getTokenIdsCount()).isBetween(1, 6);
            assertThat(sample.getBehaviourLogProbsCount()).isEqualTo(sample.getTokenIdsCount());
            assertThat(sample.getBehaviourLogProbsList()).allMatch(logProb -> logProb <= 0);
        });
        assertThat(rollout.getProvenance())
                .isEqualTo(Provenance.newBuilder()
                        .setPolicyVersion(request.getPolicyVersion())
                        .setBaseDigest(around.base.digest())
                        .setBasisDigest(around.basis.digest())
                        .setTokenizerDigest(around.base.tokenizer().digest())
                        .setAdapterDigest(around.adapter.getDigest())
                        .setEngineBuild(around.base.engineBuild())
                        .build());
        assertThat(new String(record.headers().lastHeader("traceparent").value()))
                .contains(TRACE);
    }

    @Test
    void requestsOfAnAbortedTransactionAreNeverGenerated() throws Exception {
        send(false, request("aborted", 0).build(), request("aborted", 1).build());
        send(true, request("aborted", 2).build());

        assertThat(rollouts("aborted", 1)).extracting(ConsumerRecord::key).containsExactly("aborted/3/2");
    }

    @Test
    void aRequestThatComesAgainGetsTheSameBitsWhateverElseRuns() throws Exception {
        RolloutRequest request = request("again", 7).setDeterministic(true).build();

        send(true, request);
        Rollout first = Rollout.parseFrom(rollouts("again", 1).getFirst().value());
        send(true, request("noise", 1).build(), request, request("noise", 2).build());
        Rollout second = Rollout.parseFrom(rollouts("again", 2).getLast().value());

        assertThat(second.getSamplesList()).isEqualTo(first.getSamplesList());
        assertThat(first.getSamplesList().stream().map(Sample::getTokenIdsList).distinct())
                .hasSizeGreaterThan(1);
    }

    @Test
    void whatCanNeverBeGeneratedIsParkedWithItsReason() throws Exception {
        RolloutRequest.Builder otherBase = request("parked", 0);
        otherBase.getBaseModelBuilder().setDigest("sha256:" + "0".repeat(64));
        RolloutRequest.Builder tooLong = request("parked", 1);
        tooLong.getSamplingBuilder().setMaxTokens(40_000);
        RolloutRequest.Builder forged = request("parked", 2);
        forged.getAdapterBuilder().setDigest("sha256:" + "1".repeat(64));
        RolloutRequest.Builder strangeToken = request("parked", 3).addPromptTokenIds(640);
        send(true, otherBase.build(), tooLong.build(), forged.build(), strangeToken.build());
        sendBytes("poison", new byte[] {1, 2, 3});

        List<String> reasons = around.read(Topics.DEAD_LETTERS, 5, record -> true).stream()
                .map(record -> letter(record).getReason())
                .toList();

        assertThat(reasons)
                .anyMatch(reason -> reason.contains("sha256:0000"))
                .anyMatch(reason -> reason.contains("max_tokens is 40000") && reason.contains("at most 32768"))
                .anyMatch(reason -> reason.contains("the adapter says digest sha256:1111"))
                .anyMatch(reason -> reason.contains("640"))
                .anyMatch(reason -> reason.startsWith("the record is no RolloutRequest"));
    }

    @Test
    void aGroupInFlightGoesOnUnderEachNewerAdapterOfItsRun() throws Exception {
        around.trainer.commit(around.named("flight", 3, around.adapter));
        Surroundings.await(() -> directory.latest("flight").isPresent());
        RolloutRequest.Builder request = request("flight", 0).setInFlight(true);
        request.getSamplingBuilder().setMaxTokens(1000).putAllLogitBias(Endless.BIAS);
        send(true, request.build());
        Surroundings.await(() -> loop.runningRows() > 0);
        around.trainer.commit(around.named("flight", 4, around.adapter(1, 2, 3)));

        Rollout rollout = Rollout.parseFrom(rollouts("flight", 1).getFirst().value());
        assertThat(rollout.getSamplesList())
                .allSatisfy(sample -> assertThat(sample.getPolicySpansList().stream()
                                .mapToInt(PolicySpan::getTokens)
                                .sum())
                        .isEqualTo(sample.getTokenIdsCount()))
                .anySatisfy(sample -> assertThat(sample.getPolicySpansList())
                        .extracting(PolicySpan::getStep)
                        .containsExactly(3L, 4L));
    }

    @Test
    void aGroupThatIsNotInFlightKeepsItsPolicy() throws Exception {
        around.trainer.commit(around.named("steady", 9, around.adapter(1, 2, 3)));
        Surroundings.await(() -> directory.latest("steady").isPresent());
        send(true, request("steady", 0).build());
        Rollout rollout = Rollout.parseFrom(rollouts("steady", 1).getFirst().value());
        assertThat(rollout.getSamplesList()).allMatch(sample -> sample.getPolicySpansCount() == 0);
    }

    private RolloutRequest.Builder request(String run, int group) {
        return RolloutRequest.newBuilder()
                .setId(GroupId.newBuilder().setRun(run).setStep(3).setGroup(group))
                .setPolicyVersion(PolicyVersion.newBuilder().setRun(run).setStep(3))
                .setBaseModel(around.baseModel())
                .setAdapter(around.adapter)
                .addAllPromptTokenIds(List.of(5, 6, 7))
                .setSamples(4)
                .setSampling(
                        Sampling.newBuilder().setTemperature(1).setMaxTokens(6).setSeed(11))
                .setFirstStream(100L * group)
                .setRewardTask(RewardTask.newBuilder().setAnswer("7").setScorer("numeric"));
    }

    private void send(boolean commit, RolloutRequest... requests) {
        try (Producer<String, byte[]> producer = around.clients.transactionalProducer("test")) {
            producer.initTransactions();
            producer.beginTransaction();
            for (RolloutRequest request : requests) {
                GroupId id = request.getId();
                String key = id.getRun() + "/" + id.getStep() + "/" + id.getGroup();
                ProducerRecord<String, byte[]> record =
                        new ProducerRecord<>(Topics.ROLLOUT_REQUESTS.topic(), key, request.toByteArray());
                record.headers().add("traceparent", ("00-" + TRACE + "-00f067aa0ba902b7-01").getBytes());
                producer.send(record);
            }
            producer.flush();
            if (commit) producer.commitTransaction();
            else producer.abortTransaction();
        }
    }

    private void sendBytes(String key, byte[] value) throws Exception {
        try (Producer<String, byte[]> producer = around.clients.producer()) {
            producer.send(new ProducerRecord<>(Topics.ROLLOUT_REQUESTS.topic(), key, value))
                    .get();
        }
    }

    private List<ConsumerRecord<String, byte[]>> rollouts(String run, int count) {
        return around.read(Topics.ROLLOUTS, count, record -> record.key().startsWith(run + "/"));
    }

    private static DeadLetter letter(ConsumerRecord<String, byte[]> record) {
        try {
            return DeadLetter.parseFrom(record.value());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
