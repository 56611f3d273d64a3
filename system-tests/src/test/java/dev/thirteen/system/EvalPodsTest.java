package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.local.LocalProcess;
import dev.thirteen.local.LocalSystem;
import dev.thirteen.local.Service;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StreamAnswersRequest;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two eval pods share the evaluations; either knows all of them, and one goes on where the other was killed. */
@ExtendWith(SystemUnderTest.Provider.class)
class EvalPodsTest {
    private static final Duration LIMIT = Duration.ofSeconds(300);
    private static final int PROBLEMS = 400;
    private static final int SAMPLES = 4;
    /** Answers that may be others: a draw on the bound between two tokens goes either way with who else is in the batch. */
    private static final int OTHERS = 16;

    @Test
    void anEvaluationOutlivesThePodThatWorkedOnIt(SystemUnderTest system) {
        LocalSystem.Pod second = system.another(Service.EVAL);
        ManagedChannel one = channel(system.endpoints().of(Service.EVAL));
        ManagedChannel other = channel(second.address());
        try {
            Evaluation quiet = await(stub(one), start(stub(one)), Long.MAX_VALUE);
            // Enough of them that each pod has some.
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 6; i++) ids.add(start(i % 2 == 0 ? stub(one) : stub(other)));
            for (String id : ids) await(stub(other), id, 1);
            LocalProcess first = system.part(Service.EVAL);
            first.kill();
            for (String id : ids) assertSame(quiet, await(stub(other), id, Long.MAX_VALUE), stub(other));
            first.restart();
            for (String id : ids) assertSame(quiet, await(stub(one), id, Long.MAX_VALUE), stub(one));
        } finally {
            one.shutdownNow();
            other.shutdownNow();
            second.process().stop();
        }
    }

    /** The same figures, of all answers, each of which is there once. */
    private static void assertSame(Evaluation quiet, Evaluation evaluation, EvaluationServiceBlockingStub stub) {
        assertThat(evaluation.getPhase())
                .as(evaluation.getReason())
                .isEqualTo(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        EvaluationRow expected = quiet.getRows(0);
        EvaluationRow row = evaluation.getRows(0);
        assertThat(row.getProblems()).isEqualTo(expected.getProblems()).isEqualTo(PROBLEMS);
        assertThat(row.getAnswers()).isEqualTo(expected.getAnswers()).isEqualTo(PROBLEMS * SAMPLES);
        assertThat(row.getCorrect()).isCloseTo(expected.getCorrect(), within(OTHERS));
        assertThat(row.getMeanTokens()).isCloseTo(expected.getMeanTokens(), within(0.1));
        Set<String> places = new HashSet<>();
        int count = 0;
        int correct = 0;
        var answers = stub.streamAnswers(
                StreamAnswersRequest.newBuilder().setId(evaluation.getId()).build());
        while (answers.hasNext()) {
            for (EvaluationAnswer answer : answers.next().getAnswersList()) {
                places.add(answer.getProblemId() + "/" + answer.getSample());
                count++;
                if (answer.getCorrect()) correct++;
            }
        }
        assertThat(count).isEqualTo(PROBLEMS * SAMPLES);
        assertThat(places).hasSize(count);
        assertThat(row.getCorrect()).isEqualTo(correct);
    }

    private static String start(EvaluationServiceBlockingStub stub) {
        EvaluationSpec spec = EvaluationSpec.newBuilder()
                .setBaseModel(BaseModel.newBuilder().setFolder("tiny-arithmetic"))
                .setDataSet(DataSet.newBuilder()
                        .setGenerator(
                                Generator.newBuilder().setName("arithmetic").setSplit("dev")))
                .setProblems(PROBLEMS)
                .setSamples(SAMPLES)
                .setPrompt(PromptTemplate.newBuilder().setUser("{question}"))
                .setReward(Reward.newBuilder().setScorer("numeric").setExtraction("hash"))
                .addDecodings(
                        Sampling.newBuilder().setTemperature(1).setMaxTokens(32).setSeed(3))
                .build();
        return stub.withDeadlineAfter(60, TimeUnit.SECONDS)
                .startEvaluation(
                        StartEvaluationRequest.newBuilder().setSpec(spec).build())
                .getEvaluation()
                .getId();
    }

    /** Waits until the pod knows of so many answers, or of the end. */
    private static Evaluation await(EvaluationServiceBlockingStub stub, String id, long answers) {
        Evaluation[] last = {Evaluation.getDefaultInstance()};
        Poll.until(
                "answers of " + id,
                LIMIT,
                () -> {
                    last[0] = stub.getEvaluation(
                                    GetEvaluationRequest.newBuilder().setId(id).build())
                            .getEvaluation();
                    return last[0].getAnswersDone() >= answers
                            || last[0].getPhase() != EvaluationPhase.EVALUATION_PHASE_RUNNING;
                },
                () -> last[0].getAnswersDone() + " answers");
        return last[0];
    }

    private static EvaluationServiceBlockingStub stub(ManagedChannel channel) {
        return EvaluationServiceGrpc.newBlockingStub(channel);
    }

    private static ManagedChannel channel(String address) {
        return NettyChannelBuilder.forTarget(address).usePlaintext().build();
    }
}
