package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code thirteen eval}: adapted policies against their base on the same problems. */
@Command(
        name = "eval",
        description = "Evaluate base and adapted policies on the same problems, with the same seeds.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval --adapter tiny-arithmetic@60 --problems 1024",
            "  bin/thirteen eval -a gsm8k@latest --data-set data/gsm8k_test.jsonl --temperature 0",
            "  bin/thirteen eval -a tiny-arithmetic --base-prompt \"careful=A{question}\"",
            "  bin/thirteen eval -a my-lora@1 --like tiny-arithmetic"
        })
final class EvalCommand implements Callable<Integer> {
    /** Either a new evaluation or one that goes on. */
    static final class What {
        @Option(
                names = {"-a", "--adapter"},
                paramLabel = "RUN@STEP",
                description =
                        "Adapted policy, imported ones too; may be given more than once, for policies of one base.")
        private List<String> adapters = List.of();

        @Option(names = "--follow", paramLabel = "ID", description = "Follow an evaluation that was started before.")
        private @Nullable String follow;
    }

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    @Mixin
    private EvaluationOptions options = new EvaluationOptions();

    private final Session session;

    EvalCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return session.with(services -> {
            String id = what.follow != null ? what.follow : start(services);
            return finish(watch(services, id));
        });
    }

    private String start(Services services) {
        List<PolicyName> adapters =
                what.adapters.stream().map(PolicyName::parse).toList();
        Evaluation started = services.evaluation()
                .startEvaluation(StartEvaluationRequest.newBuilder()
                        .setSpec(options.spec(session, services, adapters))
                        .build())
                .getEvaluation();
        session.output()
                .note("evaluation " + started.getId() + " (follow it again: bin/thirteen eval --follow "
                        + started.getId() + ")");
        return started.getId();
    }

    private Evaluation watch(Services services, String id) {
        Evaluation last = Evaluation.getDefaultInstance();
        Iterator<WatchEvaluationResponse> updates = services.evaluation()
                .watchEvaluation(WatchEvaluationRequest.newBuilder().setId(id).build());
        boolean shown = false;
        while (updates.hasNext()) {
            last = updates.next().getEvaluation();
            if (session.output().terminal() && !session.json()) {
                session.output()
                        .text("\r\u001b[2K" + last.getAnswersDone() + " of " + last.getAnswersTotal() + " answers");
                shown = true;
            }
        }
        if (shown) session.output().text("\r\u001b[2K");
        return last;
    }

    private int finish(Evaluation evaluation) {
        if (evaluation.getPhase() != EvaluationPhase.EVALUATION_PHASE_FINISHED) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "evaluation " + evaluation.getId() + " failed: " + evaluation.getReason());
        }
        session.print(evaluation, () -> EvaluationTable.render(evaluation));
        return CallFailure.OK;
    }
}
