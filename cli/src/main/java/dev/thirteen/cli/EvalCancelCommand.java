package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.CancelEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code thirteen eval cancel}. */
@Command(name = "cancel", description = "End an evaluation that works; what was answered stays.")
final class EvalCancelCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "The evaluation.")
    private String id = "";

    private final Session session;

    EvalCancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Evaluation evaluation = session.with(services -> services.evaluation()
                .cancelEvaluation(CancelEvaluationRequest.newBuilder().setId(id).build())
                .getEvaluation());
        session.print(evaluation, () -> "asked evaluation " + evaluation.getId() + " to end\n");
        return CallFailure.OK;
    }
}
