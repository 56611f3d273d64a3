package dev.thirteen.cli;

import java.time.Duration;
import java.util.Optional;

/**
 * How long something has stood where it stands, and when to say so: at first after a while, and then each time that the while
 * has doubled. What moves slowly but steadily gets more time. Times are nanoseconds of a clock that only goes forward.
 */
final class Standstill {
    private static final Duration LONGEST_SILENCE = Duration.ofHours(1);
    /** Times a usual pause. */
    private static final int UNUSUAL = 3;

    private final Duration first;
    private Object mark = "";
    private long movedNanos;
    private long nextNanos;
    private long lastPause;
    private long pauseBefore;

    /** @param first how long to wait before a word */
    Standstill(Duration first, long nanos) {
        this.first = first;
        this.movedNanos = nanos;
        this.nextNanos = first.toNanos();
    }

    /** Where it stands; anything that does not equal the mark of the last call is movement. */
    void at(Object now, long nanos) {
        if (now.equals(mark)) return;
        mark = now;
        pauseBefore = lastPause;
        lastPause = nanos - movedNanos;
        movedNanos = nanos;
        nextNanos = patience();
    }

    /** Whether it has stood for longer than is usual. */
    boolean still(long nanos) {
        return nanos - movedNanos >= patience();
    }

    /** Whether that was said since it moved last. */
    boolean said() {
        return nextNanos > patience();
    }

    /** How long it has stood, when it is time to say so. */
    Optional<Duration> due(long nanos) {
        long quiet = nanos - movedNanos;
        if (quiet < nextNanos) return Optional.empty();
        nextNanos = quiet + Math.min(quiet, LONGEST_SILENCE.toNanos());
        return Optional.of(Duration.ofNanos(quiet));
    }

    /** One long pause makes no habit: the shorter of the last two counts. */
    private long patience() {
        return Math.max(first.toNanos(), UNUSUAL * Math.min(lastPause, pauseBefore));
    }
}
