package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.ExportAdapterRequest;
import dev.thirteen.proto.policy.v1.ListAdaptersRequest;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.policy.v1.WatchAdaptersRequest;
import dev.thirteen.proto.policy.v1.WatchAdaptersResponse;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.OffPolicy;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.UsedGroup;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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

    @Inject
    MeterRegistry meters;

    private Client client;
    private Peers peers;
    private String data;

    @BeforeEach
    void connect() throws Exception {
        Peers.await(loop::ready);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
        peers = new Peers(clients);
        data = client.put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE)
                .getDigest();
    }

    @AfterEach
    void disconnect() {
        peers.close();
        client.close();
    }

    @Test
    void aRunTrainsStepByStepAndFinishes() throws Exception {
        client.create(Fixtures.spec("whole", data));
        List<RolloutRequest> first = peers.requests("whole", 2);
        assertThat(first).allSatisfy(request -> {
            assertThat(request.getPolicyVersion().getStep()).isZero();
            assertThat(request.getPromptTokenIdsList()).endsWith((int) '=');
            assertThat(request.getBaseModel().getDigest()).startsWith("sha256:b");
        });
        first.forEach(peers::score);
        List<RolloutRequest> second = peers.requests("whole", 4).subList(2, 4);
        NamedAdapter trained = client.adapter("whole", 1);
        assertThat(second).allSatisfy(request -> {
            assertThat(request.getPolicyVersion().getStep()).isEqualTo(1);
            assertThat(request.getAdapter()).isEqualTo(trained.getAdapter());
        });
        assertThat(trained.getAdapter()).isNotEqualTo(client.adapter("whole", 0).getAdapter());
        second.forEach(peers::score);

        List<WatchRunResponse> watched = client.watch("whole");
        assertThat(watched.getLast().getRun().getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        List<StepRecord> steps = client.steps("whole");
        assertThat(steps).extracting(step -> step.getPolicyVersion().getStep()).containsExactly(1L, 2L);
        assertThat(steps.getFirst().getTraceId()).hasSize(32);
        assertThat(peers.traceparent("whole")).contains(steps.getFirst().getTraceId());
        assertThat(client.run("whole").getTrainedNumbers()).isEqualTo(3);
        assertThat(client.run("whole").getAdapterBytes()).isEqualTo(6);
        // Everything was used, so everything is passed.
        Peers.await(() -> committedOffsets().equals(endOffsets()));
    }

    @Test
    void aSupervisedRunAsksForNoRolloutsAndItsStepsAreForkedBitForBit() {
        RunSpec.Builder spec = Fixtures.spec("taught", data)
                .clearReward()
                .setSteps(4)
                .setSamplesPerGroup(1)
                .setDeterministic(true);
        spec.getAlgorithmBuilder().setName("sft").setClipLow(0).setClipHigh(0);
        client.create(spec);
        client.watch("taught");
        List<StepRecord> taught = client.steps("taught");
        assertThat(taught).hasSize(4);
        // −0.5 a token of the fake's first policy, over the two digits of the answers and the one.
        assertThat(taught.getFirst().getMetrics().getLoss()).isEqualTo(0.5);
        assertThat(taught.getFirst().getGroupsCount()).isZero();
        assertThat(client.run("taught").getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);

        client.training()
                .forkRun(ForkRunRequest.newBuilder()
                        .setRun("taught")
                        .setName("taught-again")
                        .setFromStep(2)
                        .build());
        client.watch("taught-again");
        List<StepRecord> again = client.steps("taught-again");
        assertThat(again).hasSize(2);
        assertThat(again.getLast().getAdapter()).isEqualTo(taught.getLast().getAdapter());
        assertThat(again.getLast().getOptimizer()).isEqualTo(taught.getLast().getOptimizer());
    }

    @Test
    void aForkOfADeterministicRunGoesOnAsTheRunDid() {
        RunSpec.Builder spec =
                Fixtures.spec("trunk", data).setSteps(5).setDeterministic(true).setMaxStaleness(1);
        client.create(spec);
        List<RolloutRequest> trunk = trained("trunk", 0, 10);
        ForkRunRequest request = ForkRunRequest.newBuilder()
                .setRun("trunk")
                .setFromStep(2)
                .setName("branch")
                .build();
        assertThat(client.training().forkRun(request).getRun().getState().getStep())
                .isEqualTo(2);
        List<RolloutRequest> branch = trained("branch", 0, 6);

        for (int i = 0; i < branch.size(); i++) {
            RolloutRequest asTrunk = trunk.get(4 + i);
            RolloutRequest.Builder renamed =
                    branch.get(i).toBuilder().setOccurredUnixNano(asTrunk.getOccurredUnixNano());
            renamed.getIdBuilder().setRun("trunk");
            renamed.getPolicyVersionBuilder().setRun("trunk");
            assertThat(renamed.build()).isEqualTo(asTrunk);
        }
        List<StepRecord> after = client.steps("branch");
        assertThat(after).extracting(step -> step.getPolicyVersion().getStep()).containsExactly(3L, 4L, 5L);
        assertThat(after)
                .extracting(StepRecord::getOptimizer)
                .isEqualTo(client.steps("trunk").subList(2, 5).stream()
                        .map(StepRecord::getOptimizer)
                        .toList());
        assertThat(client.adapter("branch", 2).getAdapter())
                .isEqualTo(client.adapter("trunk", 2).getAdapter());
        assertStatus(() -> client.adapter("branch", 1), Status.Code.NOT_FOUND, "went on from step 2 of 'trunk'");
    }

    @Test
    void aForkIsForkedWhereItBeganAndNotBefore() {
        client.create(Fixtures.spec("root", data).setSteps(4).setDeterministic(true));
        trained("root", 0, 8);
        client.watch("root");
        ForkRunRequest.Builder fork =
                ForkRunRequest.newBuilder().setRun("root").setFromStep(2).setName("shoot");
        RunState shoot = client.training().forkRun(fork.build()).getRun().getState();
        trained("shoot", 0, 4);
        client.watch("shoot");
        fork.setRun("shoot").setName("second-shoot");
        RunState second = client.training().forkRun(fork.build()).getRun().getState();
        assertThat(second.getStep()).isEqualTo(2);
        assertThat(second.getAdapter()).isEqualTo(shoot.getAdapter());
        assertThat(second.getFirstMomentList()).isEqualTo(shoot.getFirstMomentList());
        trained("second-shoot", 0, 4);
        client.watch("second-shoot");
        assertThat(client.steps("second-shoot").getLast().getOptimizer())
                .isEqualTo(client.steps("root").getLast().getOptimizer());
        assertStatus(
                () -> client.training()
                        .forkRun(fork.setName("third-shoot").setFromStep(1).build()),
                Status.Code.NOT_FOUND,
                "run 'shoot', which went on from step 2 of 'root', has steps 2 to 4, not 1");
    }

    /** Scores what a run asks for, in its order, until it has asked for so many groups in all. */
    private List<RolloutRequest> trained(String run, int done, int groups) {
        List<RolloutRequest> all = List.of();
        for (int i = done; i < groups; i++) {
            all = peers.requests(run, i + 1);
            peers.score(all.get(i));
        }
        return all;
    }

    @Test
    void aForkThatCannotGoOnIsRefusedWithEveryReason() {
        client.create(Fixtures.spec("stem", data));
        trained("stem", 0, 4);
        client.steps("stem");
        ForkRunRequest.Builder fork =
                ForkRunRequest.newBuilder().setRun("stem").setFromStep(1).setName("twig");
        assertStatus(
                () -> client.training().forkRun(fork.clone().setFromStep(7).build()),
                Status.Code.NOT_FOUND,
                "run 'stem' has steps 0 to 2, not 7");
        assertStatus(
                () -> client.training().forkRun(fork.clone().setName("stem").build()),
                Status.Code.ALREADY_EXISTS,
                "stem");
        assertStatus(
                () -> client.training().forkRun(fork.clone().clearFromStep().build()),
                Status.Code.INVALID_ARGUMENT,
                "steps");
        RunSpec.Builder other = Fixtures.spec("x", data);
        other.getAdapterBuilder().setU(7);
        assertStatus(
                () -> client.training().forkRun(fork.clone().setSpec(other).build()),
                Status.Code.INVALID_ARGUMENT,
                "adapter");
        assertStatus(
                () -> client.training().forkRun(fork.clone().setRun("nobody").build()),
                Status.Code.NOT_FOUND,
                "nobody");
        RunSpec.Builder faster = Fixtures.spec("x", data).setSteps(3);
        faster.getOptimizerBuilder().setLearningRate(0.5);
        Run twig =
                client.training().forkRun(fork.clone().setSpec(faster).build()).getRun();
        assertThat(twig.getState().getSpec().getOptimizer().getLearningRate()).isEqualTo(0.5);
        assertThat(twig.getState().getSpec().getName()).isEqualTo("twig");
        client.cancel("twig");
    }

    @Test
    void aBudgetIsSpentAndShownBeforeTheRunStarts() {
        // Seven modules: 20 numbers give each one a v of 2.
        RunSpec.Builder spec = Fixtures.spec("thrifty", data);
        spec.getBudgetBuilder().setBytes(41);
        Run run = client.training()
                .createRun(CreateRunRequest.newBuilder()
                        .setSpec(spec)
                        .setValidateOnly(true)
                        .build())
                .getRun();
        assertThat(run.getTrainedNumbers()).isEqualTo(14);
        assertThat(run.getAdapterBytes()).isEqualTo(28);
        assertThat(run.getDegreesOfFreedom()).isEqualTo(14);
        assertThat(run.getState().getSpec().getAdapter().getU()).isEqualTo(2);
        assertThat(run.getState().getSpec().getAdapter().getNTie()).isEqualTo(1);
        spec.getAdapterBuilder().addTargetModules("q_proj").addTargetModules("v_proj");
        assertThat(client.training()
                        .createRun(CreateRunRequest.newBuilder()
                                .setSpec(spec)
                                .setValidateOnly(true)
                                .build())
                        .getRun()
                        .getState()
                        .getSpec()
                        .getAdapter()
                        .getU())
                .isEqualTo(10);
        spec.getAdapterBuilder().clearTargetModules().setTargetPattern("c_attn");
        assertStatus(() -> client.create(spec), Status.Code.INVALID_ARGUMENT, "c_attn chooses no module");
        spec.getBudgetBuilder().setBytes(1);
        assertStatus(() -> client.create(spec), Status.Code.INVALID_ARGUMENT, "at least 1 number");
    }

    @Test
    void aStepSaysWhatItMeasured() {
        client.create(Fixtures.spec("measured", data).setSteps(1));
        peers.requests("measured", 2).forEach(peers::score);
        var metrics = client.steps("measured").getFirst().getMetrics();
        assertThat(metrics.getRewardMean()).isEqualTo(0.5);
        assertThat(metrics.getAccuracy()).isEqualTo(0.5);
        assertThat(metrics.getUnparsable()).isEqualTo(0.5);
        assertThat(metrics.getTruncated()).isEqualTo(0.5);
        assertThat(metrics.getCompletionTokens()).isEqualTo(8);
        assertThat(metrics.getCompletionLength()).isEqualTo(2);
        assertThat(metrics.getZeroVarianceGroups()).isZero();
        // Half of the tokens were drawn at -0.5, as they are now; half at -0.75.
        assertThat(metrics.getProbabilityGap())
                .isCloseTo((Math.exp(-0.5) - Math.exp(-0.75)) / 2, org.assertj.core.data.Offset.offset(1e-9));
        assertThat(metrics.getGradNorm()).isPositive();
        assertThat(metrics.getStepMs()).isPositive();
        assertThat(metrics.getClipped()).isZero();
    }

    @Test
    void aGroupThatComesTwiceCountsOnce() {
        client.create(Fixtures.spec("twice", data).setSteps(1));
        List<RolloutRequest> requests = peers.requests("twice", 2);
        peers.score(requests.get(1));
        peers.score(requests.get(1));
        peers.score(requests.get(0));
        StepRecord step = client.steps("twice").getFirst();
        assertThat(step.getGroupsList()).extracting(UsedGroup::getGroup).containsExactly(0, 1);
        assertThat(step.getMetrics().getDropped()).as("nothing was lost").isZero();
    }

    @Test
    void aParkedGroupIsAskedForAgain() {
        client.create(Fixtures.spec("parked", data).setSteps(1));
        List<RolloutRequest> requests = peers.requests("parked", 2);
        peers.park(requests.get(0), "out of memory");
        peers.score(requests.get(1));
        RolloutRequest refill = peers.requests("parked", 3).get(1);
        assertThat(refill.getId().getAttempt()).isEqualTo(1);
        assertThat(refill.getFirstStream()).isNotEqualTo(requests.get(0).getFirstStream());
        peers.score(requests.get(0));
        peers.score(refill);
        StepRecord step = client.steps("parked").getFirst();
        assertThat(step.getGroups(0).getAttempt()).isEqualTo(1);
        assertThat(step.getMetrics().getRefills()).isEqualTo(1);
    }

    @Test
    void whatAnAbortedTransactionWroteIsNotSeen() {
        client.create(Fixtures.spec("aborted", data).setSteps(1));
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
        assertThat(client.steps("aborted").getFirst().getGroups(0).getRewardsList())
                .containsExactly(1.0, 0.0);
    }

    @Test
    void aBrokerThatIsKilledWhileAStepIsCommittedCostsNothing() {
        client.create(Fixtures.spec("storm", data));
        peers.requests("storm", 2).forEach(peers::score);
        BrokerResource.broker().kill();
        BrokerResource.broker().restart();
        peers.requests("storm", 4).subList(2, 4).forEach(peers::score);
        assertThat(client.steps("storm"))
                .extracting(step -> step.getPolicyVersion().getStep())
                .containsExactly(1L, 2L);
        assertThat(peers.requests("storm", 4)).hasSize(4);
    }

    @Test
    void aPausedRunKeepsWhatComesAndGoesOnWhenResumed() {
        client.create(Fixtures.spec("paused", data));
        List<RolloutRequest> requests = peers.requests("paused", 2);
        Run paused = client.pause("paused");
        assertThat(paused.getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_PAUSED);
        assertThat(paused.getState().getReason()).isEqualTo("paused by request");
        requests.forEach(peers::score);
        client.resume("paused");
        peers.requests("paused", 4);
        Run cancelled = client.cancel("paused");
        assertThat(cancelled.getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_CANCELLED);
        assertThat(cancelled.getState().getStep()).isEqualTo(1);
        assertStatus(() -> client.resume("paused"), Status.Code.FAILED_PRECONDITION, "has ended");
        assertThat(client.adapter("paused", 1).getAdapter().getValues().size()).isEqualTo(6);
    }

    @Test
    void aStepWhoseGradientIsNotFiniteIsSkippedAndTheThirdInARowPausesTheRun() {
        RunSpec.Builder spec = Fixtures.spec("not-finite", data).setSteps(9);
        spec.getBaseModelBuilder().setFolder(FakeModels.NOT_FINITE);
        client.create(spec);
        for (int step = 0; step < 3; step++) {
            peers.requests("not-finite", 2 * step + 2)
                    .subList(2 * step, 2 * step + 2)
                    .forEach(peers::score);
        }
        Peers.await(() -> client.run("not-finite").getState().getPhase() == RunPhase.RUN_PHASE_PAUSED);
        RunState state = client.run("not-finite").getState();
        assertThat(state.getReason())
                .startsWith("3 steps in a row would have changed nothing")
                .contains("the gradient is not finite");
        assertThat(state.getStep()).isEqualTo(2);
        assertThat(state.getOptimizerUpdates()).isZero();
        assertThat(state.getMasterList()).containsOnly(0f);
        assertThat(state.getMetrics().getSkipped()).contains("the gradient is not finite");
        client.cancel("not-finite");
    }

    @Test
    void whatKeepsARunFromBeingPreparedMayPass() {
        RunSpec.Builder spec = Fixtures.spec("late", data);
        spec.getBaseModelBuilder().setFolder(FakeModels.LATE);
        client.create(spec);
        // It is tried again after a second.
        assertThat(client.pause("late").getState().getPhase()).isEqualTo(RunPhase.RUN_PHASE_PAUSED);
        client.resume("late");
        assertThat(peers.requests("late", 2)).hasSize(2);
        client.cancel("late");
    }

    @Test
    void watchersOfAdaptersGetTheLatestFirstThenNewOnes() {
        client.create(Fixtures.spec("watched", data).setSteps(1));
        List<RolloutRequest> requests = peers.requests("watched", 2);
        Iterator<WatchAdaptersResponse> stream = client.adapters()
                .watchAdapters(
                        WatchAdaptersRequest.newBuilder().setRun("watched").build());
        assertThat(stream.next().getAdapter().getPolicyVersion().getStep()).isZero();
        requests.forEach(peers::score);
        assertThat(stream.next().getAdapter()).isEqualTo(client.adapter("watched", 1));
        assertThat(client.adapters()
                        .listAdapters(ListAdaptersRequest.getDefaultInstance())
                        .getAdaptersList())
                .extracting(adapter -> adapter.getPolicyVersion().getRun())
                .contains("watched");
        Map<String, Integer> files = new HashMap<>();
        client.adapters()
                .exportAdapter(
                        ExportAdapterRequest.newBuilder().setRun("watched").build())
                .forEachRemaining(
                        piece -> files.merge(piece.getPath(), piece.getContent().size(), Integer::sum));
        assertThat(files).containsEntry("adapter_model.safetensors", Blobs.PIECE_BYTES + 1);
    }

    @Test
    void aWatcherThatGoesLeavesNothingBehind() {
        client.create(Fixtures.spec("left", data));
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            call.run(() -> client.training()
                    .watchRun(WatchRunRequest.newBuilder().setName("left").build())
                    .next());
            assertThat(meters.get("rl.watchers").gauge().value()).isGreaterThanOrEqualTo(1);
        }
        client.close();
        Peers.await(() -> meters.get("rl.watchers").gauge().value() == 0);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
        client.cancel("left");
    }

    @Test
    void blobsGoInAndOutInPiecesAndAreCheckedByDigest() throws Exception {
        byte[] file = new byte[3 * Blobs.PIECE_BYTES / 2];
        for (int i = 0; i < file.length; i++) file[i] = (byte) (i * 31 + i / 256);
        String digest = Digests.sha256(file);
        String other = "sha256:" + "0".repeat(64);
        assertThat(client.put(digest, file).getSizeBytes()).isEqualTo(file.length);
        assertThat(client.get(digest)).isEqualTo(file);
        assertStatus(() -> client.get(other), Status.Code.NOT_FOUND, "there is no blob");
        assertStatus(() -> client.put(other, file), Status.Code.INVALID_ARGUMENT, "the bytes have " + digest);
        assertStatus(
                () -> client.put(digest, new byte[2_000_001]), Status.Code.INVALID_ARGUMENT, "larger than 2000000");
    }

    @Test
    void everyBadFieldIsNamedAndNothingIsCreated() {
        RunSpec.Builder bad = Fixtures.spec("Bad", "sha256:" + "0".repeat(64)).setSamplesPerGroup(1);
        bad.getBaseModelBuilder().setFolder("elsewhere");
        bad.getSamplingBuilder().setTopP(0.9f);
        assertThatThrownBy(() -> client.create(bad)).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(violations(thrown))
                    .containsExactlyInAnyOrder(
                            "name", "sampling.top-p", "samples-per-group", "base-model.folder", "data-set.blob-digest");
        });
        assertThat(names()).doesNotContain("Bad");
    }

    @Test
    void anEvaluationCannotAskMoreThanItsFileHolds() throws Exception {
        byte[] held = "{\"id\": \"h\", \"question\": \"1+1\", \"answer\": \"2\"}".getBytes(StandardCharsets.UTF_8);
        String digest = client.put(Digests.sha256(held), held).getDigest();
        RunSpec.Builder spec = Fixtures.spec("held-out", data);
        spec.getEvaluationBuilder().setProblems(2).getDataSetBuilder().setBlobDigest(digest);
        assertStatus(
                () -> client.create(spec),
                Status.Code.INVALID_ARGUMENT,
                "evaluation.problems: must be at most 1, the problems of its file, not 2");
    }

    @Test
    void aPromptThatIsTooLongIsRefusedBeforeAnythingStarts() throws Exception {
        String question = "1+".repeat(600) + "1";
        byte[] held = "{\"id\": \"h\", \"question\": \"%s\", \"answer\": \"601\"}"
                .formatted(question)
                .getBytes(StandardCharsets.UTF_8);
        RunSpec.Builder spec =
                Fixtures.spec("no-room", client.put(Digests.sha256(held), held).getDigest());
        assertStatus(
                () -> client.create(spec),
                Status.Code.INVALID_ARGUMENT,
                "data-set.blob-digest: problem 'h': the prompt is too long");
        assertThat(names()).doesNotContain("no-room");
    }

    @Test
    void aCheckCreatesNothingAndComesBeforeTheUpload() {
        RunSpec.Builder spec = Fixtures.spec("only-checked", "sha256:" + "0".repeat(64));
        CreateRunRequest check = CreateRunRequest.newBuilder()
                .setSpec(spec)
                .setValidateOnly(true)
                .build();
        var answer = client.training().createRun(check);
        assertThat(answer.getRun().getName()).isEqualTo("only-checked");
        assertThat(answer.getMissingBlobsList()).containsExactly("sha256:" + "0".repeat(64));
        CreateRunRequest whole = CreateRunRequest.newBuilder()
                .setSpec(Fixtures.spec("only-checked", data))
                .setValidateOnly(true)
                .build();
        assertThat(client.training().createRun(whole).getMissingBlobsList()).isEmpty();
        assertThat(names()).doesNotContain("only-checked");
        assertStatus(() -> client.create(spec), Status.Code.INVALID_ARGUMENT, "put it first");
    }

    @Test
    void aFieldThatCanHaveNoEffectIsRefused() {
        RunSpec.Builder spec = Fixtures.spec("idle", data);
        spec.getAlgorithmBuilder().setMaxRefills(3);
        spec.getOptimizerBuilder().setLastLearningRate(0.001);
        assertStatus(
                () -> client.create(spec),
                Status.Code.INVALID_ARGUMENT,
                "optimizer.last-learning-rate: has no meaning with decay: constant");
        assertStatus(
                () -> client.create(spec),
                Status.Code.INVALID_ARGUMENT,
                "algorithm.max-refills: has no meaning without dynamic-sampling: true");
        RunSpec.Builder other = Fixtures.spec("idle", data);
        other.getAlgorithmBuilder().setOffPolicy(OffPolicy.OFF_POLICY_OFF).setImportanceCap(2);
        other.getAdapterBuilder().setTying(Tying.TYING_ALL).setNTie(3);
        assertStatus(
                () -> client.create(other),
                Status.Code.INVALID_ARGUMENT,
                "algorithm.importance-cap: has no meaning with importance: off");
        assertStatus(
                () -> client.create(other),
                Status.Code.INVALID_ARGUMENT,
                "adapter.n-tie: has no meaning with tying: all");
        assertThat(names()).doesNotContain("idle");
    }

    @Test
    void generatedProblemsNeedNoUpload() {
        Generator arithmetic =
                Generator.newBuilder().setName("arithmetic").setSplit("rl").build();
        client.create(
                Fixtures.spec("generated", "").setDataSet(DataSet.newBuilder().setGenerator(arithmetic)));
        assertThat(peers.requests("generated", 2)).allSatisfy(request -> {
            assertThat(request.getPromptTokenIdsList()).endsWith((int) '?', (int) '=');
            assertThat(request.getRewardTask().getAnswer()).matches("-?\\d+");
        });
        client.cancel("generated");
    }

    @Test
    void whatDoesNotExistIsNotFoundAndANameIsTakenOnce() {
        client.create(Fixtures.spec("taken", data));
        assertStatus(() -> client.create(Fixtures.spec("taken", data)), Status.Code.ALREADY_EXISTS, "'taken'");
        assertStatus(() -> client.run("nobody"), Status.Code.NOT_FOUND, "'nobody'");
        peers.requests("taken", 2);
        assertStatus(() -> client.adapter("taken", 5), Status.Code.NOT_FOUND, "steps 0 to 0, not 5");
        assertStatus(() -> client.watch("nobody"), Status.Code.NOT_FOUND, "'nobody'");
        client.cancel("taken");
    }

    private List<String> names() {
        return client.training().listRuns(ListRunsRequest.getDefaultInstance()).getRunsList().stream()
                .map(Run::getName)
                .toList();
    }

    private Map<TopicPartition, Long> committedOffsets() {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try (var admin = clients.admin()) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets("trainer")
                    .partitionsToOffsetAndMetadata()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            committed.forEach((partition, offset) -> {
                boolean scored = partition.topic().equals(Topics.SCORED_ROLLOUTS.topic());
                if (scored && offset.offset() > 0) offsets.put(partition, offset.offset());
            });
        }
        return offsets;
    }

    private Map<TopicPartition, Long> endOffsets() {
        try (var reader = clients.reader()) {
            Map<TopicPartition, Long> ends =
                    new HashMap<>(reader.endOffsets(TopicReplay.partitions(Topics.SCORED_ROLLOUTS)));
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

    private static BadRequest unpacked(Any detail) {
        try {
            return detail.unpack(BadRequest.class);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertStatus(ThrowingCallable call, Status.Code code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(code);
            assertThat(thrown.getStatus().getDescription()).contains(text);
        });
    }
}
