package dev.thirteen.local;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When one part that ends by itself is started again: after a pause that doubles with every life that was short, and not at all
 * when too many of them were.
 */
final class Restarts {
    /** Who lives as long as this is well: what it ends of then is counted anew. */
    static final Duration HEALTHY = Duration.ofMinutes(5);
    /** Short lives in a row after which it is of no use to go on; with the pauses these are some minutes. */
    static final int MOST = 8;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private Instant started;
    private int shortLives;

    /** @param started when the part was first seen alive */
    Restarts(Instant started) {
        this.started = started;
    }

    /** The part was started, or an attempt was made. */
    void started(Instant now) {
        started = now;
    }

    /** The part has ended, or could not be started. Returns how long to wait before the next start; empty: give up. */
    Optional<Duration> ended(Instant now) {
        boolean healthy = Duration.between(started, now).compareTo(HEALTHY) >= 0;
        shortLives = healthy ? 1 : shortLives + 1;
        if (shortLives >= MOST) return Optional.empty();
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << (shortLives - 1));
        return Optional.of(doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE);
    }
}
