package dev.thirteen.core.evaluation;

import dev.thirteen.core.statistics.ClusteredMean;
import dev.thirteen.core.statistics.MajorityVote;
import dev.thirteen.core.statistics.Subsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An estimate over several answers a problem.
 *
 * @param name as people write it: {@code pass@8}, {@code pass^8}, {@code maj@8}, {@code G-Pass@8(0.75)}, {@code mG-Pass@8}
 * @param error standard error over problems, the one of Monte Carlo draws included
 */
public record Estimate(String name, double value, double error) {
    private static final double[] TAUS = {0.5, 0.75, 1};

    /** An estimate for one problem. */
    @FunctionalInterface
    private interface OfProblem {
        MajorityVote.Estimate of(int n, int c, int k, List<Outcome> outcomes);
    }

    /**
     * All estimates over problems whose answers are all there; empty with one answer a problem. k is each power of two up
     * to the number of answers, and that number.
     */
    public static List<Estimate> of(Cells cells, long seed) {
        List<List<Outcome>> complete = new ArrayList<>();
        for (int i = 0; i < cells.problems(); i++) {
            List<Outcome> own = cells.of(i);
            if (own.size() == cells.samples()) complete.add(own);
        }
        List<Estimate> estimates = new ArrayList<>();
        if (complete.isEmpty()) return estimates;
        for (int k : sizes(cells.samples())) estimates.addAll(ofSize(complete, k, seed));
        return estimates;
    }

    private static List<Estimate> ofSize(List<List<Outcome>> problems, int size, long seed) {
        List<Estimate> estimates = new ArrayList<>();
        estimates.add(mean("pass@" + size, problems, size, (n, c, k, _) -> exact(Subsets.anyOf(n, c, k))));
        estimates.add(mean("pass^" + size, problems, size, (n, c, k, _) -> exact(Subsets.allOf(n, c, k))));
        estimates.add(
                mean("maj@" + size, problems, size, (_, _, k, own) -> vote(own).of(k, seed)));
        for (double tau : TAUS) {
            String name = "G-Pass@" + size + "(" + tau + ")";
            estimates.add(mean(name, problems, size, (n, c, k, _) -> exact(Subsets.shareOf(n, c, k, tau))));
        }
        estimates.add(mean("mG-Pass@" + size, problems, size, (n, c, k, _) -> exact(Subsets.meanShareOf(n, c, k))));
        return estimates;
    }

    private static Estimate mean(String name, List<List<Outcome>> problems, int size, OfProblem estimator) {
        double[] values = new double[problems.size()];
        double variance = 0;
        for (int i = 0; i < values.length; i++) {
            List<Outcome> own = problems.get(i);
            int right = (int) own.stream().filter(Outcome::right).count();
            MajorityVote.Estimate estimate = estimator.of(own.size(), right, size, own);
            values[i] = estimate.value();
            variance += estimate.error() * estimate.error();
        }
        ClusteredMean mean = ClusteredMean.ofScores(values);
        double drawn = Math.sqrt(variance) / values.length;
        return new Estimate(name, mean.mean(), Math.hypot(mean.standardError(), drawn));
    }

    /** The vote on one problem; wrong answers are one party where they read alike. */
    static MajorityVote vote(List<Outcome> outcomes) {
        Map<String, Integer> wrong = new HashMap<>();
        int right = 0;
        int silent = 0;
        for (Outcome outcome : outcomes) {
            if (outcome.right()) right++;
            else if (outcome.silent()) silent++;
            else wrong.merge(outcome.vote(), 1, Integer::sum);
        }
        return new MajorityVote(
                right, wrong.values().stream().mapToInt(Integer::intValue).toArray(), silent);
    }

    private static List<Integer> sizes(int samples) {
        List<Integer> sizes = new ArrayList<>();
        for (int k = 2; k < samples; k *= 2) sizes.add(k);
        if (samples > 1) sizes.add(samples);
        return sizes;
    }

    private static MajorityVote.Estimate exact(double value) {
        return new MajorityVote.Estimate(value, 0);
    }
}
