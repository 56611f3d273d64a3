package dev.thirteen.cli;

import dev.thirteen.cli.report.Words;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.statistics.ClusteredMean;
import dev.thirteen.core.statistics.McNemar;
import dev.thirteen.core.statistics.PairedBootstrap;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Two rows side by side, over the problems that both have answered. */
final class RowComparison {
    private static final int RESAMPLES = 10_000;
    /** Problems that are named; the report has all of them. */
    private static final int NAMED = 12;

    /**
     * One row.
     *
     * @param answers by problem
     */
    record Side(Evaluation evaluation, String label, Map<String, List<EvaluationAnswer>> answers) {
        double share(String problem) {
            return answers.getOrDefault(problem, List.of()).stream()
                    .mapToDouble(answer -> answer.getCorrect() ? 1 : 0)
                    .average()
                    .orElseThrow();
        }

        String name() {
            return evaluation.getId() + ":" + label;
        }

        private String question(String problem) {
            return answers.getOrDefault(problem, List.of()).getFirst().getQuestion();
        }
    }

    private RowComparison() {}

    /**
     * The comparison as text; differences are the second's less the first's.
     *
     * @throws Failure CALLER when they answered different problems
     */
    static String of(Side one, Side other) {
        List<String> common = one.answers().keySet().stream()
                .filter(problem -> other.answers().containsKey(problem)
                        && one.question(problem).equals(other.question(problem)))
                .toList();
        if (common.isEmpty()) {
            throw new Failure(Failure.Kind.CALLER, one.name() + " and " + other.name() + " have no problem in common");
        }
        double[] differences = common.stream()
                .mapToDouble(problem -> other.share(problem) - one.share(problem))
                .toArray();
        StringBuilder text = new StringBuilder(sides(one, other, common));
        int won =
                (int) common.stream().filter(p -> other.share(p) > one.share(p)).count();
        int lost =
                (int) common.stream().filter(p -> other.share(p) < one.share(p)).count();
        PairedBootstrap interval = PairedBootstrap.of(differences, RESAMPLES, 0);
        text.append(Words.format("%ndifference %+.4f", interval.difference()))
                .append(Words.format(
                        " ± %.4f", ClusteredMean.ofScores(differences).standardError()))
                .append(Words.format(", 95 %% %+.4f", interval.low()))
                .append(Words.format(" to %+.4f", interval.high()))
                .append("; wrong to right " + won + ", right to wrong " + lost)
                .append(Words.format(", p = %.2g%n", McNemar.twoSidedExact(won, lost)));
        int left = Math.max(one.answers().size(), other.answers().size()) - common.size();
        if (left > 0) text.append(left).append(" problems that only one of them has are left out\n");
        text.append(named("wrong to right", common, p -> other.share(p) > one.share(p)));
        return text.append(named("right to wrong", common, p -> other.share(p) < one.share(p)))
                .toString();
    }

    private static String sides(Side one, Side other, List<String> common) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("row", "data", "problems", "accuracy", "±"));
        for (Side side : List.of(one, other)) {
            ClusteredMean mean = ClusteredMean.ofScores(
                    common.stream().mapToDouble(side::share).toArray());
            table.add(List.of(
                    side.name(),
                    Words.title(side.evaluation()),
                    Integer.toString(common.size()),
                    Words.format("%.4f", mean.mean()),
                    Words.format("%.4f", mean.standardError())));
        }
        return TextTable.render(table);
    }

    private static String named(String what, List<String> problems, Predicate<String> wanted) {
        List<String> found = problems.stream().filter(wanted).toList();
        if (found.isEmpty()) return "";
        String more = found.size() > NAMED ? " and " + (found.size() - NAMED) + " more (--report shows all)" : "";
        return what + ": " + String.join(", ", found.subList(0, Math.min(NAMED, found.size()))) + more + "\n";
    }
}
