package dev.thirteen.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.statistics.McNemar;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.CancelEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.ContaminationProbe;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.FollowedRun;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StreamAnswersRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.rollout.v1.CodeTerm;
import dev.thirteen.proto.rollout.v1.RandomTerm;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service on a real broker, with fake policies behind a real socket. */
@QuarkusTest
@QuarkusTestResource(EvalSurroundings.class)
class EvalServiceTest {
    private static final long LIMIT_SECONDS = 60;
    private static final Sampling SAMPLED =
            Sampling.newBuilder().setTemperature(1).setMaxTokens(16).setSeed(5).build();
    private static final Sampling GREEDY = SAMPLED.toBuilder().setTemperature(0).build();

    FakePolicies policies;

    private ManagedChannel channel;

    /** A spec of all problems, sampled and greedy, without adapters. */
    static EvaluationSpec.Builder spec() {
        return EvaluationSpec.newBuilder()
                .setDataSet(DataSet.newBuilder().setBlobDigest(FakePolicies.DIGEST))
                .setPrompt(PromptTemplate.newBuilder().setUser("{question}"))
                .setReward(Reward.newBuilder().setScorer("exact").setExtraction("hash"))
                .addDecodings(SAMPLED)
                .addDecodings(GREEDY);
    }

    @BeforeEach
    void openChannelAndWaitForTheService() throws InterruptedException {
        channel = ManagedChannelBuilder.forAddress(
                        "127.0.0.1", Integer.parseInt(setting("quarkus.grpc.server.test-port")))
                .usePlaintext()
                .build();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (System.nanoTime() < deadline && status("none") == Status.Code.UNAVAILABLE)
            TimeUnit.MILLISECONDS.sleep(50);
        policies.answered.clear();
    }

    private Status.Code status(String id) {
        return catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> stub().getEvaluation(GetEvaluationRequest.newBuilder()
                                .setId(id)
                                .build()))
                .getStatus()
                .getCode();
    }

    @AfterEach
    void closeChannel() {
        channel.shutdownNow();
    }

    @Test
    void numbersAreWrittenAlikeInEveryCountry() {
        assertThat(Locale.getDefault()).isEqualTo(Locale.ROOT);
    }

    @Test
    void theTableIsPairedAndEveryPolicyDrawsFromTheSameStreams() {
        policies.holdUntil(256);
        policies.refuse(40);
        Evaluation finished = finish(start(spec().addAdapters("run@latest")
                .addBasePrompts(PromptVariant.newBuilder()
                        .setLabel("silent")
                        .setPrompt(PromptTemplate.newBuilder().setUser("silent {question}")))));

        assertThat(finished.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        assertThat(finished.getSpec().getAdaptersList()).containsExactly("run@7");
        assertThat(finished.getAnswersDone()).isEqualTo(6 * FakePolicies.PROBLEMS);
        assertThat(finished.getRowsList())
                .extracting(EvaluationRow::getLabel)
                .containsExactly("base", "run@7", "silent", "base", "run@7", "silent");
        assertThat(finished.getRowsList()).extracting(EvaluationRow::getCorrect).containsExactly(32, 48, 0, 32, 48, 0);
        assertThat(finished.getRowsList())
                .extracting(EvaluationRow::getUnparsable)
                .containsExactly(0, 0, 64, 0, 0, 64);
        EvaluationRow adapted = finished.getRows(1);
        assertThat(adapted.getAccuracy()).isEqualTo(0.75);
        // Wilson's interval of 48 in 64, by hand: (0.75 + 0.030011 -+ 0.110250) / 1.060023.
        assertThat(adapted.getAccuracyLow()).isCloseTo(0.6318, within(1e-4));
        assertThat(adapted.getAccuracyHigh()).isCloseTo(0.8399, within(1e-4));
        assertThat(adapted.getPaired().getWon()).isEqualTo(16);
        assertThat(adapted.getPaired().getLost()).isZero();
        assertThat(adapted.getPaired().getPValue()).isEqualTo(McNemar.twoSidedExact(16, 0));
        assertThat(finished.getRows(0).hasPaired()).isFalse();
        assertEveryPolicyHasTheSameStreams();
    }

    private void assertEveryPolicyHasTheSameStreams() {
        Map<String, Set<String>> byPolicy = new HashMap<>();
        for (GenerateRequest request : policies.answered) {
            String prompt = request.getPrompt().getText();
            String policy = request.getPolicy().getName() + (prompt.startsWith("silent") ? "silent" : "");
            byPolicy.computeIfAbsent(policy, _ -> new HashSet<>())
                    .add(prompt.replace("silent ", "") + request.getSampling() + request.getFirstStream());
        }
        assertThat(byPolicy).hasSize(3);
        assertThat(Set.copyOf(byPolicy.values())).hasSize(1);
        assertThat(byPolicy.get("run@7")).hasSize(2 * FakePolicies.PROBLEMS);
    }

    @Test
    void everyAnswerIsOnItsTopic() throws InvalidProtocolBufferException {
        Evaluation finished = finish(start(spec().addAdapters("run@7").setProblems(10)));

        Set<String> answers = new HashSet<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        try (Consumer<String, byte[]> consumer = clients().reader()) {
            TopicPartition partition = new TopicPartition(Topics.EVALUATION_ANSWERS.topic(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (answers.size() < 40 && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    if (!record.key().equals(finished.getId())) continue;
                    EvaluationAnswer answer = EvaluationAnswer.parseFrom(record.value());
                    answers.add(answer.getLabel() + answer.getDecoding() + answer.getProblemId() + answer.getCorrect());
                }
            }
        }
        assertThat(answers).hasSize(40).contains("base0p0true", "base1p1false", "run@71p1true", "run@70p3false");
    }

    @Test
    void whatAnEarlierProcessLeftUnfinishedGoesOnAfterItsAnswers() {
        Evaluation finished = watch(EvalSurroundings.UNFINISHED);

        assertThat(finished.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        // The two answers that the earlier process left are wrong, where the policy is right.
        assertThat(finished.getRows(1).getCorrect()).isEqualTo(46);
        assertThat(finished.getRows(1).getProblems()).isEqualTo(64);
        assertThat(finished.getRows(3).getCorrect()).isEqualTo(48);
        assertThat(finished.getAnswersDone()).isEqualTo(4 * FakePolicies.PROBLEMS);
    }

    @Test
    void severalAnswersAProblemAreOneClusterAndHaveEstimates() {
        Evaluation finished =
                finish(start(spec().addAdapters("run@7").setSamples(12).setProblems(8)));

        // Greedy rows have one answer a problem. Of the sampled twelve, two requests of 8 and 4, every second one is
        // wrong.
        assertThat(finished.getAnswersTotal()).isEqualTo(8 * (12 + 12 + 1 + 1));
        EvaluationRow base = finished.getRows(0);
        assertThat(base.getAnswers()).isEqualTo(96);
        assertThat(base.getCorrect()).isEqualTo(24);
        assertThat(base.getStandardError()).isCloseTo(0.25 / Math.sqrt(8), within(1e-12));
        assertThat(base.getEstimatesList())
                .filteredOn(estimate -> estimate.getName().equals("pass@12"))
                .singleElement()
                .satisfies(estimate -> assertThat(estimate.getValue()).isEqualTo(0.5));
        assertThat(finished.getRows(1).getPaired().getWon()).isEqualTo(2);
        assertThat(finished.getRows(1).getPaired().getDifference()).isCloseTo(0.125, within(1e-12));
        assertThat(finished.getRows(2).getEstimatesList()).isEmpty();
        assertThat(policies.answered)
                .filteredOn(request -> request.getSamples() > 1
                        && request.getPrompt().getText().equals("q 3"))
                .extracting(GenerateRequest::getFirstStream)
                .containsExactlyInAnyOrder(36L, 44L, 36L, 44L);
    }

    @Test
    void aRunIsFollowedOnADevSplitToItsEnd() {
        policies.step(5, false);
        EvaluationSpec.Builder spec = spec().setProblems(16)
                .setFollow(FollowedRun.newBuilder().setRun("followed").setEvery(5));
        assertThat(refused(spec.clone()).getStatus().getDescription())
                .isEqualTo("split: must be dev to follow a run: a test set is only run when it is asked for by name");

        Evaluation started = start(spec.setSplit("dev"));
        Iterator<WatchEvaluationResponse> updates = updates(started.getId());
        Evaluation last = started;
        while (updates.hasNext()) {
            last = updates.next().getEvaluation();
            if (last.getSpec().getAdaptersCount() == 1) policies.step(12, true);
        }
        assertThat(last.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        assertThat(last.getRowsList())
                .extracting(EvaluationRow::getLabel)
                .startsWith("base", "followed@5", "followed@10", "followed@12");
        assertThat(last.getRowsList()).extracting(EvaluationRow::getProblems).containsOnly(16);
        // Each version is asked once, although the table grew twice.
        assertThat(policies.answered)
                .filteredOn(request -> request.getPolicy().getName().startsWith("followed@"))
                .hasSize(2 * 3 * 16);
    }

    @Test
    void aProbeAsksAboutTheTextAndComparesWithGeneratedProblems() {
        Evaluation finished = finish(start(spec().clearDecodings()
                .addDecodings(GREEDY)
                .setBaseModel(BaseModel.newBuilder().setFolder("tiny"))
                .setProbe(ContaminationProbe.newBuilder().addShares(0.5).setControlProblems(6))));

        assertThat(finished.getRowsList()).isEmpty();
        assertThat(finished.getProbesList())
                .extracting(row -> row.getKind() + row.getControl() + row.getProblems())
                .containsExactly(
                        "fullfalse64",
                        "completionfalse64",
                        "partialfalse64",
                        "changed-numbersfalse64",
                        "fulltrue6",
                        "completiontrue6",
                        "partialtrue6",
                        "changed-numberstrue6");
        // "7 and more" completes "q 7" alone.
        assertThat(finished.getProbes(1).getHits()).isEqualTo(1);
        assertThat(finished.getProbeVerdicts(0).getText()).startsWith("No sign of contamination");
    }

    @Test
    void evaluationsAreListedWithTheirAnswersAndCountTheUsesOfTheirData() {
        EvaluationSpec.Builder spec = spec().addAdapters("run@7").setProblems(3).setSuite("suite-of-two");
        Evaluation first = finish(start(spec));
        Evaluation second = finish(start(spec));

        assertThat(second.getEarlierUses()).isGreaterThan(first.getEarlierUses());
        assertThat(stub().listEvaluations(ListEvaluationsRequest.newBuilder()
                                .setSuite("suite-of-two")
                                .build())
                        .getEvaluationsList())
                .containsExactly(first, second);
        List<EvaluationAnswer> answers = new ArrayList<>();
        stub().streamAnswers(
                        StreamAnswersRequest.newBuilder().setId(first.getId()).build())
                .forEachRemaining(part -> answers.addAll(part.getAnswersList()));
        assertThat(answers).hasSize(12).allSatisfy(answer -> {
            assertThat(answer.getQuestion()).isEqualTo("q " + answer.getAnswer());
            assertThat(answer.getStrict().getExtracted()).isEqualTo(answer.getExtracted());
            assertThat(answer.getCorrect()).isEqualTo(answer.getStrict().getKind() == VerdictKind.VERDICT_KIND_CORRECT);
            assertThat(answer.getTokens()).isEqualTo(1);
            assertThat(answer.getProvenance().getBaseDigest()).isEqualTo("base-digest");
        });
    }

    @Test
    void anEvaluationIsCancelledAndKeepsWhatItHas() {
        policies.holdUntil(100_000);
        Evaluation started = start(spec().addAdapters("run@7"));
        stub().cancelEvaluation(CancelEvaluationRequest.newBuilder()
                .setId(started.getId())
                .build());
        policies.holdUntil(1);
        Evaluation last = finish(start(spec().addAdapters("run@7").setProblems(1)));

        assertThat(last.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        assertThat(watch(started.getId()).getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_CANCELLED);
    }

    @Test
    void aPromptThatDoesNotFitIsRefusedBeforeAnythingStarts() {
        StatusRuntimeException refused = refused(spec().addAdapters("run@7")
                .clearDecodings()
                .addDecodings(SAMPLED.toBuilder().setMaxTokens(FakePolicies.LONGEST + 1)));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.getStatus().getDescription())
                .isEqualTo("data-set.problem: 'p10' does not fit under prompt base: Generate of rollout-service: the"
                        + " prompt has 9 tokens: at most 7 fit");
    }

    @Test
    void aRefusalThatNoRetryHelpsEndsTheEvaluationWithItsReason() {
        Evaluation failed = finish(start(spec().addAdapters("broken@1")));

        assertThat(failed.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FAILED);
        assertThat(failed.getReason()).isEqualTo("Generate of rollout-service: the basis digest differs");
    }

    @Test
    void programsAreJudgedByRewardServiceUnderEachPromptsOwnBeginning() {
        Evaluation finished = finish(start(programs()
                .addAdapters("run@7")
                .addBasePrompts(PromptVariant.newBuilder()
                        .setLabel("block")
                        .setPrompt(PromptTemplate.newBuilder().setUser("{question}"))
                        .setExtraction("block"))));

        assertThat(finished.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        assertThat(finished.getRowsList()).extracting(EvaluationRow::getCorrect).containsExactly(32, 48, 0);
        assertThat(finished.getRowsList())
                .extracting(EvaluationRow::getUnparsable)
                .containsExactly(0, 0, 64);
        assertThat(finished.getRowsList())
                .extracting(EvaluationRow::getNoAnswer)
                .containsExactly(0, 0, 64);
        assertThat(finished.getRowsList())
                .extracting(EvaluationRow::getFlexibleAccuracy)
                .containsExactly(0.5, 0.75, 0.5);
    }

    @Test
    void programsAreRefusedBeforeAnythingStartsWhereThereIsNoSandbox() {
        policies.refusePrograms(true);
        StatusRuntimeException refused = refused(programs());
        policies.refusePrograms(false);

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.getStatus().getDescription())
                .isEqualTo("Score of reward-service: rewards of type code are not run here: there is no Python");
        assertThat(refused(spec().setReward(
                                        Reward.newBuilder().setScorer("code").setExtraction("boxed")))
                        .getStatus()
                        .getDescription())
                .contains("reward.extraction: must be one of block, question, not 'boxed'");
    }

    @Test
    void aRewardOfTermsIsJudgedByRewardServiceAndMustCompare() {
        RewardTerm code = RewardTerm.newBuilder()
                .setName("code")
                .setWeight(1)
                .setCode(CodeTerm.newBuilder().setProgram("question"))
                .build();
        Evaluation finished =
                finish(start(programs().setReward(Reward.newBuilder().addTerms(code))));
        assertThat(finished.getRowsList()).extracting(EvaluationRow::getCorrect).containsExactly(32);

        RewardTerm chance = RewardTerm.newBuilder()
                .setName("chance")
                .setWeight(1)
                .setRandom(RandomTerm.newBuilder().setProbability(0.5))
                .build();
        assertThat(refused(programs().setReward(Reward.newBuilder().addTerms(chance)))
                        .getStatus()
                        .getDescription())
                .contains("reward.terms: must have one that compares with the right answer");
    }

    private static EvaluationSpec.Builder programs() {
        return spec().setBaseModel(BaseModel.newBuilder().setFolder("tiny"))
                .setReward(Reward.newBuilder().setScorer("code").setExtraction("question"))
                .clearDecodings()
                .addDecodings(GREEDY);
    }

    @Test
    void badSpecsAndUnknownNamesAreRefusedAtOnce() {
        StatusRuntimeException bad = refused(EvaluationSpec.newBuilder()
                .addAdapters("no step")
                .addDecodings(SAMPLED.toBuilder().setMaxTokens(0)));
        assertThat(bad.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(bad.getStatus().getDescription())
                .contains(
                        "adapters.0: must be RUN@STEP or RUN@latest, not 'no step'",
                        "data-set: must name a file or a generator",
                        "prompt.user: must contain {question}",
                        "reward.scorer: must be one of code, exact, math, numeric, not ''",
                        "decodings.0.max-tokens: must be at least 1");

        assertThat(refused(spec().addAdapters("gone@latest")).getStatus().getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refused(spec().addAdapters("run@7").setProblems(65))
                        .getStatus()
                        .getDescription())
                .isEqualTo("problems: must be at most 64, which is all that the data set has");
        assertThat(status("none")).isEqualTo(Status.Code.NOT_FOUND);
    }

    private StatusRuntimeException refused(EvaluationSpec.Builder spec) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> start(spec));
    }

    private Evaluation start(EvaluationSpec.Builder spec) {
        return stub().startEvaluation(
                        StartEvaluationRequest.newBuilder().setSpec(spec).build())
                .getEvaluation();
    }

    private Evaluation finish(Evaluation started) {
        assertThat(started.getPhase()).isEqualTo(EvaluationPhase.EVALUATION_PHASE_RUNNING);
        return watch(started.getId());
    }

    private Iterator<WatchEvaluationResponse> updates(String id) {
        return stub().watchEvaluation(
                        WatchEvaluationRequest.newBuilder().setId(id).build());
    }

    private Evaluation watch(String id) {
        Iterator<WatchEvaluationResponse> updates = updates(id);
        Evaluation last = Evaluation.getDefaultInstance();
        while (updates.hasNext()) last = updates.next().getEvaluation();
        return last;
    }

    private EvaluationServiceGrpc.EvaluationServiceBlockingStub stub() {
        return EvaluationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static KafkaClients clients() {
        return EvalSurroundings.clients(setting("thirteen.kafka.bootstrap-servers"));
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }
}
