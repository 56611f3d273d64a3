package dev.thirteen.core.statistics;

import java.util.Arrays;
import java.util.List;

/**
 * A mean over answers whose errors are shared within clusters (a problem and its answers), and its standard error: Miller
 * 2024, "Adding error bars to evals" (arXiv 2411.00640), equation 4.
 *
 * @param standardError 0 where there is no answer
 */
public record ClusteredMean(double mean, double standardError) {
    /** 97.5 % quantile of the normal distribution. */
    private static final double Z = 1.959963984540054;

    /** The mean over all scores of all clusters; clusters may have different sizes. */
    public static ClusteredMean of(List<double[]> clusters) {
        double sum = 0;
        long count = 0;
        for (double[] cluster : clusters) {
            sum += Arrays.stream(cluster).sum();
            count += cluster.length;
        }
        if (count == 0) return new ClusteredMean(0, 0);
        double mean = sum / count;
        double squares = 0;
        for (double[] cluster : clusters) {
            double residual = Arrays.stream(cluster).sum() - cluster.length * mean;
            squares += residual * residual;
        }
        return new ClusteredMean(mean, Math.sqrt(squares) / count);
    }

    /** The mean of one score a cluster. */
    public static ClusteredMean ofScores(double[] scores) {
        return of(Arrays.stream(scores).mapToObj(score -> new double[] {score}).toList());
    }

    /** Half width of the 95 % interval by the normal distribution. */
    public double halfWidth() {
        return Z * standardError;
    }
}
