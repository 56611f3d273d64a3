package dev.thirteen.cli;

import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.reward.v1.ScoreResponse;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen score}: verdicts on completions. */
@Command(
        name = "score",
        description = "Judge completions against a right answer, as training does.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen score --answer 19 --extraction hash \"21-4+2=19#19\"",
            "  bin/thirteen score --answer 1/2 --scorer numeric '\\boxed{0.5}'"
        })
final class ScoreCommand implements Callable<Integer> {
    @Option(names = "--answer", required = true, paramLabel = "TEXT", description = "The right answer.")
    private String answer = "";

    @Option(
            names = "--scorer",
            defaultValue = "exact",
            paramLabel = "NAME",
            description = "exact, numeric or math. Default: exact.")
    private String scorer = "";

    @Option(
            names = "--extraction",
            defaultValue = "auto",
            paramLabel = "NAME",
            description = "boxed, hash, last-number, auto or text. Default: auto.")
    private String extraction = "";

    @Parameters(arity = "1..*", paramLabel = "COMPLETION", description = "What is judged.")
    private List<String> completions = List.of();

    private final Session session;

    ScoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(RewardTask.newBuilder()
                        .setAnswer(answer)
                        .setScorer(scorer)
                        .setExtraction(extraction))
                .addAllCompletions(completions)
                .build();
        return session.with(services -> {
            ScoreResponse response = services.reward().score(request);
            session.print(response, () -> text(response.getVerdictsList()));
            return CallFailure.OK;
        });
    }

    private static String text(List<Verdict> verdicts) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("verdict", "reward", "extracted"));
        for (Verdict verdict : verdicts) {
            rows.add(List.of(
                    verdict.getKind().name().toLowerCase(Locale.ROOT).replaceFirst(".*verdict_kind_", ""),
                    Double.toString(verdict.getReward()),
                    verdict.getExtracted()));
        }
        return TextTable.render(rows);
    }
}
