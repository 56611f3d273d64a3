package dev.thirteen.core.quota;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * So many units a minute, saved up for a minute at the most (a token bucket). Who asks for more than a minute's worth gets it
 * when all is saved up, and owes the rest. Not shared by threads.
 */
public final class Allowance {
    private static final double MINUTE_NANOS = 60e9;
    private static final double MINUTE_MILLIS = 60e3;

    private final long perMinute;
    private double left;
    private Instant seen;

    /** A minute's worth to begin with. */
    public Allowance(long perMinute, Instant now) {
        if (perMinute < 1) throw new IllegalArgumentException("an allowance of " + perMinute);
        this.perMinute = perMinute;
        this.left = perMinute;
        this.seen = now;
    }

    /**
     * Takes units.
     *
     * @return empty when they are taken; else how long it lasts until they can be
     */
    public Optional<Duration> take(long units, Instant now) {
        long nanos = Duration.between(seen, now).toNanos();
        left = Math.min(perMinute, left + Math.max(0, nanos) * perMinute / MINUTE_NANOS);
        seen = now;
        double needed = Math.min(units, perMinute);
        if (left < needed) {
            // Less than a nanosecond of it is rounding.
            double millis = (needed - left) / perMinute * MINUTE_MILLIS - 1e-6;
            return Optional.of(Duration.ofMillis((long) Math.ceil(millis)));
        }
        left -= units;
        return Optional.empty();
    }

    /** Gives back units that were taken and not used. */
    public void giveBack(long units) {
        left = Math.min(perMinute, left + units);
    }
}
