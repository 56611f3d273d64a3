package dev.thirteen.core.statistics;

/** The paired test of two policies on the same problems. Only problems that they answer differently count. */
public final class McNemar {
    private McNemar() {}

    /**
     * Two-sided exact p-value: twice the tail of a binomial with probability 1/2, at most 1.
     *
     * @param won problems that only the first answered right
     * @param lost problems that only the second answered right
     */
    public static double twoSidedExact(int won, int lost) {
        if (won < 0 || lost < 0) throw new IllegalArgumentException("won %d, lost %d".formatted(won, lost));
        long trials = (long) won + lost;
        int fewer = Math.min(won, lost);
        // The tail relative to its largest term; the terms shrink from there.
        double relativeTail = 0;
        double term = 1;
        for (int k = fewer; k >= 0 && term > 0; k--) {
            relativeTail += term;
            term *= k / (double) (trials - k + 1);
        }
        return Math.min(1, 2 * relativeTail * Math.exp(logProbability(fewer, trials)));
    }

    /** log of C(trials, k) / 2^trials; the sum is compensated (Kahan), as it may have many terms that nearly cancel. */
    private static double logProbability(int k, long trials) {
        double sum = -trials * Math.log(2);
        double lost = 0;
        for (int i = 1; i <= k; i++) {
            double addend = Math.log((trials - k + i) / (double) i) - lost;
            double next = sum + addend;
            lost = (next - sum) - addend;
            sum = next;
        }
        return sum;
    }
}
