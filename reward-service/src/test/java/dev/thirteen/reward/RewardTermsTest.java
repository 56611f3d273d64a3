package dev.thirteen.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.reward.v1.VerifierJudgement;
import dev.thirteen.proto.reward.v1.VerifyRequest;
import dev.thirteen.proto.reward.v1.VerifyResponse;
import dev.thirteen.proto.rollout.v1.AnswerTerm;
import dev.thirteen.proto.rollout.v1.CodeTerm;
import dev.thirteen.proto.rollout.v1.FormatTerm;
import dev.thirteen.proto.rollout.v1.LengthTerm;
import dev.thirteen.proto.rollout.v1.RandomTerm;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.rollout.v1.ServiceTerm;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.verifier.sandbox.PythonSandbox;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rewards of several terms, users' own verifiers among them, through the service's gRPC port. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class RewardTermsTest {
    private static final RewardTerm ANSWER = RewardTerm.newBuilder()
            .setName("answer")
            .setWeight(1)
            .setAnswer(AnswerTerm.newBuilder().setScorer("math").setExtraction("boxed"))
            .build();
    private static final RewardTerm FORM = RewardTerm.newBuilder()
            .setName("form")
            .setGate(true)
            .setFormat(FormatTerm.newBuilder().setTemplate("<think>{text}</think>{text}"))
            .build();

    private ManagedChannel channel;

    @BeforeEach
    void openChannel() {
        int port = ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class);
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
    }

    @AfterEach
    void closeChannel() {
        channel.shutdownNow();
    }

    @Test
    void termsAreWeighedGatedAndKeptApart() {
        RewardTerm length = RewardTerm.newBuilder()
                .setName("short")
                .setWeight(0.5)
                .setLength(LengthTerm.newBuilder().setFullUntil(10).setZeroFrom(20))
                .build();
        ScoreRequest request = request(ANSWER, length, FORM).toBuilder()
                .addCompletions("<think>half</think> \\boxed{0.5}")
                .addTokens(15)
                .addCompletions("\\boxed{0.5}")
                .addTokens(5)
                .build();

        List<Verdict> verdicts = score(request);

        assertThat(verdicts).extracting(Verdict::getReward).containsExactly(1.25, 0.0);
        assertThat(verdicts)
                .extracting(Verdict::getKind)
                .containsExactly(VerdictKind.VERDICT_KIND_CORRECT, VerdictKind.VERDICT_KIND_CORRECT);
        assertThat(verdicts.get(1).getTermsList())
                .extracting(term -> term.getName() + "=" + term.getValue())
                .containsExactly("answer=1.0", "short=1.0", "form=0.0");
    }

    @Test
    void chanceIsDrawnFromTheSeedOfTheRequestAndJudgesNothing() {
        RewardTerm chance = RewardTerm.newBuilder()
                .setName("chance")
                .setWeight(1)
                .setRandom(RandomTerm.newBuilder().setProbability(0.5))
                .build();
        ScoreRequest.Builder request = request(chance).toBuilder().setSeed(5);
        for (int i = 0; i < 64; i++) request.addCompletions("text " + i);

        List<Verdict> verdicts = score(request.build());

        assertThat(score(request.build())).isEqualTo(verdicts);
        assertThat(score(request.setSeed(6).build())).isNotEqualTo(verdicts);
        assertThat(verdicts).extracting(Verdict::getKind).containsOnly(VerdictKind.VERDICT_KIND_UNJUDGED);
    }

    @Test
    void everyBadTermIsNamed() {
        RewardTerm pattern = FORM.toBuilder()
                .setFormat(FormatTerm.newBuilder().setPattern("(?=x)"))
                .build();
        RewardTerm server = RewardTerm.newBuilder()
                .setName("form")
                .setWeight(1)
                .setService(ServiceTerm.newBuilder().setAddress("nowhere"))
                .build();

        StatusRuntimeException refused =
                refused(request(pattern, server).toBuilder().addCompletions("a").build());

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.getMessage())
                .contains("task.terms.0.pattern: is no regular expression of RE2")
                .contains("task.terms.1.name: is 'form' again")
                .contains("task.terms.1.address: must be HOST:PORT, not 'nowhere'");
    }

    @Test
    void lengthsAreNeededWhereATermLooksAtThem() {
        RewardTerm length = RewardTerm.newBuilder()
                .setName("short")
                .setWeight(1)
                .setLength(LengthTerm.newBuilder().setZeroFrom(20))
                .build();

        assertThat(refused(request(length).toBuilder().addCompletions("a").build()))
                .hasMessageContaining("tokens: has 0 entries for 1 completions");
    }

    @Test
    void aVerifierOfTheUsersOwnIsAskedAndItsWordsAreKept() {
        VerifierJudgement judged = VerifierJudgement.newBuilder()
                .setReward(-2.5)
                .setDetail("too terse")
                .setCorrect(false)
                .build();
        try (OwnVerifier own = new OwnVerifier((_, observer) -> OwnVerifier.answer(
                observer, VerifyResponse.newBuilder().addJudgements(judged).build()))) {
            Verdict verdict = score(served(own, 0)).getFirst();

            assertThat(verdict.getReward()).isEqualTo(-2.5);
            assertThat(verdict.getKind()).isEqualTo(VerdictKind.VERDICT_KIND_INCORRECT);
            assertThat(verdict.getTerms(0).getDetail()).isEqualTo("too terse");
            VerifyRequest asked = own.requests().getFirst();
            assertThat(asked.getAnswer()).isEqualTo("1/2");
            assertThat(asked.getQuestion()).isEqualTo("Half of one?");
            assertThat(asked.getCompletions(0).getText()).isEqualTo("a");
        }
    }

    @Test
    void aFailedCallIsMadeAgain() {
        AtomicInteger calls = new AtomicInteger();
        try (OwnVerifier own = new OwnVerifier((_, observer) -> {
            if (calls.incrementAndGet() < 3) observer.onError(Status.UNAVAILABLE.asRuntimeException());
            else OwnVerifier.answer(observer, reward(1));
        })) {
            assertThat(score(served(own, 2))).extracting(Verdict::getReward).containsExactly(1.0);
            assertThat(calls).hasValue(3);
        }
    }

    @Test
    void whatIsNoRewardIsAFailureAndNeverAZero() {
        try (OwnVerifier broken = new OwnVerifier((_, observer) -> OwnVerifier.answer(observer, reward(Double.NaN)));
                OwnVerifier forgetful = new OwnVerifier(
                        (_, observer) -> OwnVerifier.answer(observer, VerifyResponse.getDefaultInstance()));
                OwnVerifier silent = new OwnVerifier((_, _) -> {})) {
            assertThat(refused(served(broken, 0))).hasMessageContaining("a reward is NaN");
            assertThat(refused(served(forgetful, 0))).hasMessageContaining("gave 0 judgements for 1 completions");
            StatusRuntimeException late = refused(served(silent, 0, 500));
            assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(late).hasMessageContaining(silent.address()).hasMessageContaining("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void aVerifierThatKeepsFailingIsLeftAlone() {
        try (OwnVerifier own =
                new OwnVerifier((_, observer) -> observer.onError(Status.UNAVAILABLE.asRuntimeException()))) {
            for (int i = 0; i < 10; i++) refused(served(own, 0));

            assertThat(refused(served(own, 0))).hasMessageContaining("is left alone for a while");
            assertThat(own.requests()).hasSize(10);
        }
    }

    @Test
    void aProgramIsRunAgainstItsTests() {
        assumeThat(isolated()).as("programs cannot be isolated here").isTrue();
        RewardTerm code = RewardTerm.newBuilder()
                .setName("code")
                .setWeight(1)
                .setCode(CodeTerm.newBuilder().setProgram("block").setLimitMs(1_000))
                .build();
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(RewardTask.newBuilder()
                        .setAnswer("assert twice(2) == 4")
                        .addTerms(code))
                .addCompletions("So:\n```python\ndef twice(x):\n    return 2 * x\n```\n")
                .addCompletions("```python\ndef twice(x):\n    return x\n```")
                .addCompletions("```python\nwhile True: pass\n```")
                .addCompletions("I cannot.")
                .build();

        assertThat(scoredWhereThereIsAProcessor(request))
                .extracting(Verdict::getKind)
                .containsExactly(
                        VerdictKind.VERDICT_KIND_CORRECT,
                        VerdictKind.VERDICT_KIND_INCORRECT,
                        VerdictKind.VERDICT_KIND_TIMED_OUT,
                        VerdictKind.VERDICT_KIND_UNPARSABLE);
    }

    /** A machine that is too busy for the verdict on a program says so. */
    private List<Verdict> scoredWhereThereIsAProcessor(ScoreRequest request) {
        for (int again = 0; ; again++) {
            try {
                return score(request);
            } catch (StatusRuntimeException busy) {
                String reason = String.valueOf(busy.getMessage());
                if (!reason.contains("the machine is overloaded")) throw busy;
                assumeThat(again).as(reason).isLessThan(5);
            }
        }
    }

    private static boolean isolated() {
        try {
            return PythonSandbox.isolation(PythonSandbox.interpreter("")).suffices();
        } catch (Failure _) {
            return false;
        }
    }

    private static VerifyResponse reward(double reward) {
        return VerifyResponse.newBuilder()
                .addJudgements(VerifierJudgement.newBuilder().setReward(reward))
                .build();
    }

    private static ScoreRequest served(OwnVerifier own, int retries) {
        return served(own, retries, 30_000);
    }

    private static ScoreRequest served(OwnVerifier own, int retries, int deadlineMillis) {
        RewardTerm term = RewardTerm.newBuilder()
                .setName("own")
                .setWeight(1)
                .setService(ServiceTerm.newBuilder()
                        .setAddress(own.address())
                        .setDeadlineMs(deadlineMillis)
                        .setRetries(retries))
                .build();
        return request(term).toBuilder().addCompletions("a").build();
    }

    private static ScoreRequest request(RewardTerm... terms) {
        return ScoreRequest.newBuilder()
                .setTask(RewardTask.newBuilder()
                        .setAnswer("1/2")
                        .setQuestion("Half of one?")
                        .addAllTerms(List.of(terms)))
                .build();
    }

    private List<Verdict> score(ScoreRequest request) {
        return RewardServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .score(request)
                .getVerdictsList();
    }

    private StatusRuntimeException refused(ScoreRequest request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> score(request));
    }
}
