package dev.thirteen.cli;

import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen eval show}: what evaluations found. */
@Command(
        name = "show",
        description = "Show an evaluation, those of a suite together, or a list of all.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval show",
            "  bin/thirteen eval show 3f2a91c07d5e --report reports/gsm8k",
            "  bin/thirteen eval show suite-1c0ffee5"
        })
final class EvalShowCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "ID|SUITE", description = "The evaluation, or the suite. Default: a list.")
    private @Nullable String name;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "Write report.html, answers.jsonl and answers.parquet into this folder.")
    private @Nullable Path report;

    private final Session session;

    EvalShowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (report != null) ReportFolder.requireUsable(report);
        return session.with(services -> {
            if (name == null) {
                if (report != null) throw new Failure(Failure.Kind.CALLER, "--report needs an evaluation or a suite");
                return list(services);
            }
            List<Evaluation> found = evaluations(services, name);
            EvaluationText.print(session, services, found, report);
            return CallFailure.OK;
        });
    }

    private int list(Services services) {
        List<Evaluation> all = services.evaluation()
                .listEvaluations(ListEvaluationsRequest.getDefaultInstance())
                .getEvaluationsList();
        if (session.json()) {
            all.forEach(session.output()::json);
        } else {
            session.output().text(EvaluationText.list(all));
        }
        return CallFailure.OK;
    }

    private static List<Evaluation> evaluations(Services services, String name) {
        if (!name.startsWith("suite-")) {
            return List.of(services.evaluation()
                    .getEvaluation(GetEvaluationRequest.newBuilder().setId(name).build())
                    .getEvaluation());
        }
        List<Evaluation> found = services.evaluation()
                .listEvaluations(
                        ListEvaluationsRequest.newBuilder().setSuite(name).build())
                .getEvaluationsList();
        if (found.isEmpty()) throw new Failure(Failure.Kind.NOT_FOUND, "there is no suite '" + name + "'");
        return found;
    }
}
