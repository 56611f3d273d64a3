package dev.thirteen.core.statistics;

/**
 * Estimates from n answers to one problem, c of them right, of what k answers would show: the mean over all subsets of
 * size k, which is unbiased. Every argument must hold 0 ≤ c ≤ n and 1 ≤ k ≤ n.
 */
public final class Subsets {
    private Subsets() {}

    /** pass@k, the chance that at least one of k is right: Chen et al. 2021 (arXiv 2107.03374), equation 1. */
    public static double anyOf(int n, int c, int k) {
        check(n, c, k);
        if (n - c < k) return 1;
        double noneRight = 1;
        for (int i = n - c + 1; i <= n; i++) noneRight *= 1 - k / (double) i;
        return 1 - noneRight;
    }

    /** pass^k, the chance that all of k are right: Yao et al. 2024 (τ-bench, arXiv 2406.12045), section 3. */
    public static double allOf(int n, int c, int k) {
        check(n, c, k);
        double allRight = 1;
        for (int i = 0; i < k; i++) allRight *= Math.max(0, c - i) / (double) (n - i);
        return allRight;
    }

    /**
     * G-Pass@k(τ), the chance that at least ⌈τk⌉ of k are right: Liu et al. 2024 (arXiv 2412.13147), equation 4.
     *
     * @param tau 0 (exclusive) to 1; at 1 it is pass^k, towards 0 it is pass@k
     */
    public static double shareOf(int n, int c, int k, double tau) {
        if (!(tau > 0 && tau <= 1)) throw new IllegalArgumentException("τ must be in (0, 1]: " + tau);
        // 0.1 * 30 is a little more than 3.
        return atLeast(n, c, k, (int) Math.ceil(tau * k - 1e-9));
    }

    /** mG-Pass@k, twice the mean over τ from one half to 1: the same paper, equation 6. */
    public static double meanShareOf(int n, int c, int k) {
        check(n, c, k);
        double sum = 0;
        for (int least = (k + 1) / 2 + 1; least <= k; least++) sum += atLeast(n, c, k, least);
        return 2 * sum / k;
    }

    /** The upper tail of the hypergeometric distribution. */
    private static double atLeast(int n, int c, int k, int least) {
        check(n, c, k);
        double[] logFactorials = logFactorials(n);
        double total = logChoose(logFactorials, n, k);
        double tail = 0;
        for (int right = Math.max(least, k - (n - c)); right <= Math.min(c, k); right++) {
            double ways = logChoose(logFactorials, c, right) + logChoose(logFactorials, n - c, k - right);
            tail += Math.exp(ways - total);
        }
        return Math.min(1, tail);
    }

    private static double[] logFactorials(int n) {
        double[] logs = new double[n + 1];
        for (int i = 1; i <= n; i++) logs[i] = logs[i - 1] + Math.log(i);
        return logs;
    }

    private static double logChoose(double[] logFactorials, int n, int k) {
        return logFactorials[n] - logFactorials[k] - logFactorials[n - k];
    }

    private static void check(int n, int c, int k) {
        if (c < 0 || c > n || k < 1 || k > n) {
            throw new IllegalArgumentException("n %d, c %d, k %d".formatted(n, c, k));
        }
    }
}
