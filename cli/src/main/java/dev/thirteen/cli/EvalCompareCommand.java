package dev.thirteen.cli;

import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen eval compare}: two rows, of one evaluation or of two, problem by problem. */
@Command(
        name = "compare",
        description =
                "Compare two rows on the problems that both answered: of one evaluation, or of two of the same data.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval compare 3f2a91c07d5e:base 3f2a91c07d5e:gsm8k@60",
            "  bin/thirteen eval compare 3f2a91c07d5e 77b0c2d4e6f8 --decoding 1 --report reports/prompts"
        })
final class EvalCompareCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "ID[:ROW]",
            description = "The first: an evaluation, and the label of a row. Default: its only adapter, else its base.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "ID[:ROW]", description = "The second.")
    private String second = "";

    @Option(
            names = "--decoding",
            defaultValue = "0",
            paramLabel = "N",
            description = "Which of the decodings, from 0. Default: 0.")
    private int decoding;

    @Option(names = "--report", paramLabel = "DIR", description = "Write both sides' answers into this folder.")
    private @Nullable Path report;

    private final Session session;

    EvalCompareCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (report != null) ReportFolder.requireUsable(report);
        return session.with(services -> {
            RowComparison.Side one = side(services, first);
            RowComparison.Side other = side(services, second);
            if (one.answers().isEmpty()) throw nothing(first);
            if (other.answers().isEmpty()) throw nothing(second);
            session.output().text(RowComparison.of(one, other));
            if (report != null) {
                List<Evaluation> both = Stream.of(one.evaluation(), other.evaluation())
                        .distinct()
                        .toList();
                ReportFolder.write(
                        report, both, EvaluatedAdapters.sizes(services, both), id -> AnswerStream.of(services, id));
                session.output().note("wrote " + report.resolve(ReportFolder.PAGE));
            }
            return CallFailure.OK;
        });
    }

    private Failure nothing(String row) {
        return new Failure(
                Failure.Kind.NOT_FOUND,
                row + " has no answers under decoding " + decoding + " (answers are kept" + " for seven days)");
    }

    private RowComparison.Side side(Services services, String named) {
        int colon = named.indexOf(':');
        String id = colon < 0 ? named : named.substring(0, colon);
        Evaluation evaluation = services.evaluation()
                .getEvaluation(GetEvaluationRequest.newBuilder().setId(id).build())
                .getEvaluation();
        if (decoding < 0 || decoding >= evaluation.getSpec().getDecodingsCount()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "--decoding " + decoding + ": evaluation " + id + " has "
                            + evaluation.getSpec().getDecodingsCount());
        }
        String label = colon < 0 ? usual(evaluation) : named.substring(colon + 1);
        Map<String, List<EvaluationAnswer>> answers = new LinkedHashMap<>();
        try (Stream<EvaluationAnswer> all = AnswerStream.of(services, id)) {
            all.filter(answer -> answer.getLabel().equals(label) && answer.getDecoding() == decoding)
                    .forEach(answer -> answers.computeIfAbsent(answer.getProblemId(), _ -> new ArrayList<>())
                            .add(answer));
        }
        return new RowComparison.Side(evaluation, label, answers);
    }

    private static String usual(Evaluation evaluation) {
        return evaluation.getSpec().getAdaptersCount() == 1
                ? evaluation.getSpec().getAdapters(0)
                : "base";
    }
}
