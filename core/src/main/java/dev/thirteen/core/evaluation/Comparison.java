package dev.thirteen.core.evaluation;

import dev.thirteen.core.statistics.ClusteredMean;
import dev.thirteen.core.statistics.McNemar;
import dev.thirteen.core.statistics.PairedBootstrap;
import java.util.Arrays;

/**
 * One row against another over the problems that both have answered.
 *
 * @param won problems of which the first answers a larger share right
 * @param lost problems of which the second does
 * @param pValue exact, two-sided: McNemar's test for one answer a problem, which is the sign test of the shares for more
 * @param difference mean difference of the shares
 * @param standardError of the difference, problems as clusters
 * @param low lower end of the 95 % interval of the paired bootstrap over problems
 */
public record Comparison(
        int won, int lost, double pValue, double difference, double standardError, double low, double high) {
    private static final int RESAMPLES = 10_000;

    /** Counts and the exact test alone, for tables that change while answers come in. */
    public static Comparison quick(Cells own, Cells other) {
        return of(own, other, 0, 0);
    }

    /** All of it; the seed is of the bootstrap. */
    public static Comparison of(Cells own, Cells other, long seed) {
        return of(own, other, RESAMPLES, seed);
    }

    private static Comparison of(Cells own, Cells other, int resamples, long seed) {
        double[] differences = differences(own.means(), other.means());
        int won = (int) Arrays.stream(differences).filter(d -> d > 0).count();
        int lost = (int) Arrays.stream(differences).filter(d -> d < 0).count();
        ClusteredMean mean = ClusteredMean.ofScores(differences);
        PairedBootstrap interval = resamples == 0
                ? new PairedBootstrap(
                        mean.mean(), mean.mean() - mean.halfWidth(), mean.mean() + mean.halfWidth(), Double.NaN)
                : PairedBootstrap.of(differences, resamples, seed);
        return new Comparison(
                won,
                lost,
                McNemar.twoSidedExact(won, lost),
                mean.mean(),
                mean.standardError(),
                interval.low(),
                interval.high());
    }

    private static double[] differences(double[] own, double[] other) {
        double[] differences = new double[own.length];
        for (int i = 0; i < own.length; i++) differences[i] = own[i] - other[i];
        return Arrays.stream(differences).filter(d -> !Double.isNaN(d)).toArray();
    }
}
