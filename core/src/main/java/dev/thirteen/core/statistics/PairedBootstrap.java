package dev.thirteen.core.statistics;

import dev.thirteen.core.sampling.CounterRandom;
import java.util.Arrays;

/**
 * The mean difference of two policies on the same problems, with a 95 % percentile interval over resampled problems
 * (Efron 1979; Koehn 2004 for paired evaluations). Answers to one problem stay together, since a problem's mean is one
 * value.
 *
 * @param pValue two-sided: twice the smaller share of resamples on either side of 0, one added to each count so that it
 *     is never 0 (Davison and Hinkley 1997, section 4.2)
 */
public record PairedBootstrap(double difference, double low, double high, double pValue) {
    private static final double TAIL = 0.025;

    /**
     * The interval; deterministic in its arguments.
     *
     * @param differences one mean difference a problem
     * @param resamples at least 100
     */
    public static PairedBootstrap of(double[] differences, int resamples, long seed) {
        if (resamples < 100) throw new IllegalArgumentException("resamples: " + resamples);
        if (differences.length == 0) return new PairedBootstrap(0, 0, 0, 1);
        double[] means = new double[resamples];
        int below = 0;
        int above = 0;
        for (int i = 0; i < resamples; i++) {
            means[i] = resampledMean(differences, seed, i);
            if (means[i] <= 0) below++;
            if (means[i] >= 0) above++;
        }
        Arrays.sort(means);
        double pValue = Math.min(1, 2 * (Math.min(below, above) + 1) / (resamples + 1.0));
        double mean = Arrays.stream(differences).sum() / differences.length;
        return new PairedBootstrap(mean, quantile(means, TAIL), quantile(means, 1 - TAIL), pValue);
    }

    private static double resampledMean(double[] differences, long seed, long resample) {
        double sum = 0;
        for (int i = 0; i < differences.length; i++) {
            long bits = CounterRandom.bits(seed, resample, i);
            sum += differences[(int) Math.unsignedMultiplyHigh(bits, differences.length)];
        }
        return sum / differences.length;
    }

    /** Linear between order statistics (Hyndman and Fan's type 7, numpy's default). */
    static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int low = (int) Math.floor(at);
        int high = Math.min(low + 1, sorted.length - 1);
        return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
    }
}
