package dev.thirteen.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a measure prints: medians of both sides, and the ratio round by round.
 *
 * @param low the lowest ratio of a round
 * @param high the highest
 */
record Line(String name, double ours, double peer, Unit unit, double ratio, double low, double high, int runs) {
    /** Round i of ours stands beside round i of the peer. */
    static Line of(String name, Unit unit, double[] ours, double[] peer) {
        if (ours.length == 0 || ours.length != peer.length) {
            throw new IllegalArgumentException(name + " has " + ours.length + " and " + peer.length + " rounds");
        }
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) ratios[i] = unit.ratio(ours[i], peer[i]);
        double low = Arrays.stream(ratios).min().orElseThrow();
        double high = Arrays.stream(ratios).max().orElseThrow();
        return new Line(name, median(ours), median(peer), unit, median(ratios), low, high, ours.length);
    }

    /** Against a figure that does not come from this run. */
    static Line against(String name, Unit unit, double[] ours, double constant) {
        double[] peer = new double[ours.length];
        Arrays.fill(peer, constant);
        return of(name, unit, ours, peer);
    }

    Line named(String other) {
        return new Line(other, ours, peer, unit, ratio, low, high, runs);
    }

    /** The same rounds of ours against a figure that does not come from this run. */
    Line against(String other, double constant) {
        double scale = unit.ratio(1, constant) / unit.ratio(1, peer);
        double middle = unit.ratio(ours, constant);
        return new Line(other, ours, constant, unit, middle, low * scale, high * scale, runs);
    }

    static String skipped(String name, String reason) {
        return "bench %s skipped %s".formatted(name, reason.strip().replaceAll("\\s+", " "));
    }

    static double median(double[] numbers) {
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    String text() {
        return "bench %s ours %s peer %s unit %s ratio %s low %s high %s runs %d"
                .formatted(name, plain(ours), plain(peer), unit.text(), plain(ratio), plain(low), plain(high), runs);
    }

    /** Three digits behind the point are more than a noisy machine gives. */
    private static String plain(double number) {
        return String.format(Locale.ROOT, Math.abs(number) >= 1000 ? "%.0f" : "%.3f", number);
    }
}
