package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import dev.thirteen.proto.policy.v1.Sampling;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;

/** Evaluations that are done at once; "lost" is the id of one that failed. */
final class FakeEvaluation extends EvaluationServiceGrpc.EvaluationServiceImplBase {
    /** Specs that were asked for. */
    final List<EvaluationSpec> specs = new ArrayList<>();

    @Override
    public void startEvaluation(StartEvaluationRequest request, StreamObserver<StartEvaluationResponse> observer) {
        specs.add(request.getSpec());
        FakeServices.answer(
                observer,
                StartEvaluationResponse.newBuilder()
                        .setEvaluation(Evaluation.newBuilder().setId("e1"))
                        .build());
    }

    @Override
    public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<WatchEvaluationResponse> observer) {
        Evaluation.Builder evaluation = Evaluation.newBuilder().setId(request.getId());
        if (request.getId().equals("lost")) {
            evaluation.setPhase(EvaluationPhase.EVALUATION_PHASE_FAILED).setReason("the base went away");
        } else {
            evaluation
                    .setPhase(EvaluationPhase.EVALUATION_PHASE_FINISHED)
                    .addRows(row("base", 100))
                    .addRows(row("tiny@3", 150)
                            .setPaired(PairedTest.newBuilder()
                                    .setWon(60)
                                    .setLost(10)
                                    .setPValue(1.3e-9)));
        }
        FakeServices.answer(
                observer,
                WatchEvaluationResponse.newBuilder().setEvaluation(evaluation).build());
    }

    private static EvaluationRow.Builder row(String label, int correct) {
        return EvaluationRow.newBuilder()
                .setLabel(label)
                .setDecoding(Sampling.newBuilder().setTemperature(1))
                .setProblems(200)
                .setCorrect(correct)
                .setAccuracy(correct / 200.0)
                .setAccuracyLow(correct / 200.0 - 0.0625)
                .setAccuracyHigh(correct / 200.0 + 0.0625);
    }
}
