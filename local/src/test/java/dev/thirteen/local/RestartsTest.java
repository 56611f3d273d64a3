package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestartsTest {
    private static final Instant START = Instant.ofEpochSecond(1_000);

    private Instant now = START;
    private final Restarts restarts = new Restarts(START);

    /** Seconds until the next start after a life of so long; -1 where there is none. */
    private long afterLifeOf(Duration life) {
        now = now.plus(life);
        Optional<Duration> pause = restarts.ended(now);
        pause.ifPresent(wait -> now = now.plus(wait));
        restarts.started(now);
        return pause.map(Duration::toSeconds).orElse(-1L);
    }

    @Test
    void pausesDoubleUpToHalfAMinuteAndThenThereIsNoFurtherStart() {
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < Restarts.MOST; i++) pauses.add(afterLifeOf(Duration.ofSeconds(10)));
        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, -1L);
    }

    @Test
    void whoLivedWellIsCountedAnew() {
        for (int i = 0; i < Restarts.MOST - 1; i++) afterLifeOf(Duration.ofSeconds(10));
        assertThat(afterLifeOf(Restarts.HEALTHY)).isEqualTo(1);
        assertThat(afterLifeOf(Duration.ofSeconds(10))).isEqualTo(2);
    }

    @Test
    void whoDiesAfterHoursEachTimeIsStartedForEver() {
        for (int i = 0; i < 100; i++)
            assertThat(afterLifeOf(Duration.ofHours(3))).isEqualTo(1);
    }
}
