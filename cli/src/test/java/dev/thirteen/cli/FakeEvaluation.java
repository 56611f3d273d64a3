package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.CancelEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.CancelEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.Estimate;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.GetEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsResponse;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.evaluation.v1.ProbeRow;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.StreamAnswersRequest;
import dev.thirteen.proto.evaluation.v1.StreamAnswersResponse;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;

/** Evaluations that are done at once; "lost" is the id of one that failed, "breaking" one whose service goes away once. */
final class FakeEvaluation extends EvaluationServiceGrpc.EvaluationServiceImplBase {
    private static final Sampling SAMPLED =
            Sampling.newBuilder().setTemperature(1).build();

    /** Specs that were asked for. */
    final List<EvaluationSpec> specs = new ArrayList<>();

    /** Ids that were watched. */
    final List<String> watched = new ArrayList<>();

    @Override
    public void startEvaluation(StartEvaluationRequest request, StreamObserver<StartEvaluationResponse> observer) {
        if (request.getSpec().getReward().getScorer().equals("math")) {
            observer.onError(
                    FakeServices.badFields("data-set.problem", "'b' does not fit under prompt base: too long"));
            return;
        }
        specs.add(request.getSpec());
        FakeServices.answer(
                observer,
                StartEvaluationResponse.newBuilder()
                        .setEvaluation(Evaluation.newBuilder().setId("e" + specs.size()))
                        .build());
    }

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<WatchEvaluationResponse> observer) {
        watched.add(request.getId());
        if (request.getId().equals("breaking") && watched.size() == 1) {
            observer.onNext(WatchEvaluationResponse.newBuilder()
                    .setEvaluation(Evaluation.newBuilder().setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING))
                    .build());
            observer.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
        }
        FakeServices.answer(
                observer,
                WatchEvaluationResponse.newBuilder()
                        .setEvaluation(evaluation(request.getId()))
                        .build());
    }

    @Override
    public void getEvaluation(GetEvaluationRequest request, StreamObserver<GetEvaluationResponse> observer) {
        FakeServices.answer(
                observer,
                GetEvaluationResponse.newBuilder()
                        .setEvaluation(evaluation(request.getId()))
                        .build());
    }

    @Override
    public void cancelEvaluation(CancelEvaluationRequest request, StreamObserver<CancelEvaluationResponse> observer) {
        FakeServices.answer(
                observer,
                CancelEvaluationResponse.newBuilder()
                        .setEvaluation(evaluation(request.getId()))
                        .build());
    }

    @Override
    public void listEvaluations(ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> observer) {
        ListEvaluationsResponse.Builder all = ListEvaluationsResponse.newBuilder();
        if (request.getSuite().isEmpty() || request.getSuite().equals("suite-1")) {
            all.addEvaluations(evaluation("e1")).addEvaluations(evaluation("e2"));
            if (request.getSuite().isEmpty()) all.addEvaluations(evaluation("e3"));
        }
        FakeServices.answer(observer, all.build());
    }

    @Override
    public void streamAnswers(StreamAnswersRequest request, StreamObserver<StreamAnswersResponse> observer) {
        for (int problem = 0; problem < 4; problem++) {
            observer.onNext(StreamAnswersResponse.newBuilder()
                    .addAnswers(answer(request.getId(), "base", problem, problem == 0))
                    .addAnswers(answer(request.getId(), "tiny@3", problem, problem > 0))
                    .build());
        }
        observer.onCompleted();
    }

    private static EvaluationAnswer answer(String id, String label, int problem, boolean right) {
        Verdict verdict = Verdict.newBuilder()
                .setKind(right ? VerdictKind.VERDICT_KIND_CORRECT : VerdictKind.VERDICT_KIND_INCORRECT)
                .setExtracted(right ? "4" : "5")
                .build();
        return EvaluationAnswer.newBuilder()
                .setEvaluationId(id)
                .setLabel(label)
                .setProblem(problem)
                .setProblemId("p" + problem)
                .setQuestion("What is <b>2+2</b>, for the " + problem + "th time?")
                .setAnswer("4")
                .setText(right ? "It is </script> 4" : "Ünsure: 5")
                .setExtracted(verdict.getExtracted())
                .setCorrect(right)
                .setStrict(verdict)
                .setFlexible(verdict)
                .setTokens(3)
                .build();
    }

    private static Evaluation evaluation(String id) {
        Evaluation.Builder evaluation = Evaluation.newBuilder().setId(id).setEarlierUses(2);
        evaluation
                .getSpecBuilder()
                .setBenchmark(id.equals("e2") ? "svamp" : "gsm8k")
                .addDecodings(SAMPLED)
                .addAdapters("tiny@3");
        if (id.equals("e3"))
            evaluation
                    .getSpecBuilder()
                    .setPromptName("plain")
                    .getPromptBuilder()
                    .setUser("Now: {question}");
        if (id.equals("lost")) {
            return evaluation
                    .setPhase(EvaluationPhase.EVALUATION_PHASE_FAILED)
                    .setReason("the base went away")
                    .build();
        }
        evaluation.setPhase(EvaluationPhase.EVALUATION_PHASE_FINISHED);
        if (id.equals("probe")) {
            evaluation.getSpecBuilder().getProbeBuilder().addShares(0.4);
            evaluation.addProbes(ProbeRow.newBuilder()
                    .setLabel("base")
                    .setKind("completion")
                    .setShare(0.4)
                    .setProblems(100)
                    .setHits(23)
                    .setRougeL(0.61));
            evaluation.addProbeVerdictsBuilder().setLabel("base").setText("Strong signs of contamination.");
            return evaluation.build();
        }
        if (id.equals("curve")) {
            evaluation.getSpecBuilder().getFollowBuilder().setRun("tiny").setEvery(3);
        }
        return evaluation
                .addRows(row("base", 100))
                .addRows(row("tiny@3", 150)
                        .setPaired(PairedTest.newBuilder()
                                .setWon(60)
                                .setLost(10)
                                .setDifference(0.25)
                                .setLow(0.18)
                                .setHigh(0.32)
                                .setPValue(id.equals("e2") ? 0.03 : 1.3e-9))
                        .setPairedBest(PairedTest.newBuilder()
                                .setAgainst("base, prompt plain")
                                .setDifference(0.1)
                                .setLow(0.02)
                                .setHigh(0.18)
                                .setPValue(0.012)))
                .build();
    }

    private static EvaluationRow.Builder row(String label, int correct) {
        return EvaluationRow.newBuilder()
                .setLabel(label)
                .setDecoding(SAMPLED)
                .setProblems(200)
                .setAnswers(200)
                .setCorrect(correct)
                .setAccuracy(correct / 200.0)
                .setStandardError(0.03125)
                .setFlexibleAccuracy(correct / 200.0)
                .setTruncated(7)
                .setMeanTokens(12.25)
                .addEstimates(
                        Estimate.newBuilder().setName("pass@2").setValue(0.75).setError(0.02))
                .setAccuracyLow(correct / 200.0 - 0.0625)
                .setAccuracyHigh(correct / 200.0 + 0.0625);
    }
}
