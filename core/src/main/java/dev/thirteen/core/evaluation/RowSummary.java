package dev.thirteen.core.evaluation;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.statistics.ClusteredMean;
import dev.thirteen.core.statistics.Wilson;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The figures of one row. Counts are of answers unless they say problems.
 *
 * @param problems problems with at least one answer
 * @param unparsable nothing was found, or what was found cannot be read
 * @param silent nothing was found
 * @param timedOut the comparison took too long
 * @param accuracy share of right answers over all answers (avg@n), taken strictly
 * @param standardError of the accuracy, problems as clusters
 * @param low lower end of the 95 % interval: Wilson's for one answer a problem, else normal over clusters
 * @param flexible share of right answers, taken flexibly
 * @param meanTokens tokens an answer
 */
public record RowSummary(
        int problems,
        int answers,
        int right,
        int unparsable,
        int silent,
        int timedOut,
        int truncated,
        double accuracy,
        double standardError,
        double low,
        double high,
        double flexible,
        double meanTokens) {

    /** The figures of the answers that are there. */
    public static RowSummary of(Cells cells) {
        List<Outcome> all = new ArrayList<>();
        List<double[]> clusters = new ArrayList<>();
        for (int i = 0; i < cells.problems(); i++) {
            List<Outcome> own = cells.of(i);
            all.addAll(own);
            if (!own.isEmpty()) clusters.add(scores(own));
        }
        int right = count(all, Outcome::right);
        ClusteredMean mean = ClusteredMean.of(clusters);
        Wilson wilson = Wilson.of(right, all.size());
        boolean single = all.size() == clusters.size();
        return new RowSummary(
                clusters.size(),
                all.size(),
                right,
                count(all, outcome -> outcome.strict() instanceof Verdict.Unparsable),
                count(all, Outcome::silent),
                count(all, outcome -> outcome.strict() instanceof Verdict.TimedOut),
                count(all, Outcome::truncated),
                mean.mean(),
                mean.standardError(),
                single ? wilson.low() : Math.max(0, mean.mean() - mean.halfWidth()),
                single ? wilson.high() : Math.min(1, mean.mean() + mean.halfWidth()),
                share(count(all, outcome -> outcome.flexible() instanceof Verdict.Correct), all.size()),
                all.stream().mapToInt(Outcome::tokens).average().orElse(0));
    }

    private static double[] scores(List<Outcome> outcomes) {
        return outcomes.stream().mapToDouble(outcome -> outcome.right() ? 1 : 0).toArray();
    }

    private static int count(List<Outcome> outcomes, Predicate<Outcome> wanted) {
        return (int) outcomes.stream().filter(wanted).count();
    }

    private static double share(int part, int whole) {
        return whole == 0 ? 0 : part / (double) whole;
    }
}
