package dev.thirteen.core.statistics;

/**
 * The 95 % score interval of a share (Wilson 1927).
 *
 * @param centre middle of the interval, which is not the share itself
 * @param halfWidth half of its width
 */
public record Wilson(double centre, double halfWidth) {
    // 97.5 % quantile of the normal distribution.
    private static final double Z = 1.959963984540054;

    /** The interval of successes among trials; all of [0, 1] when nothing was tried. */
    public static Wilson of(long successes, long trials) {
        if (successes < 0 || successes > trials) {
            throw new IllegalArgumentException("%d successes of %d".formatted(successes, trials));
        }
        if (trials == 0) return new Wilson(0.5, 0.5);
        double share = successes / (double) trials;
        double spread = Z * Z / trials;
        double centre = (share + spread / 2) / (1 + spread);
        double halfWidth = Z * Math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread);
        return new Wilson(centre, halfWidth);
    }

    public double low() {
        return Math.max(0, centre - halfWidth);
    }

    public double high() {
        return Math.min(1, centre + halfWidth);
    }
}
