package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandstillTest {
    private static final Duration FIRST = Duration.ofMinutes(2);

    private final Standstill standstill = new Standstill(FIRST, 0);

    private static long nanos(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    /** Seconds at which there is something to say, looked at every second. */
    private List<Long> said(long from, long to) {
        List<Long> said = new ArrayList<>();
        for (long second = from; second <= to; second++) {
            if (standstill.due(nanos(second)).isPresent()) said.add(second);
        }
        return said;
    }

    @Test
    void itIsSaidAfterAWhileAndThenEachTimeThatTheWhileHasDoubledUpToAnHour() {
        assertThat(said(0, 4 * 3600)).containsExactly(120L, 240L, 480L, 960L, 1920L, 3840L, 7440L, 11040L);
    }

    @Test
    void movementBeginsAWhileAnew() {
        standstill.at("step 1", nanos(100));
        standstill.at("step 1", nanos(200));
        assertThat(standstill.still(nanos(219))).isFalse();
        assertThat(standstill.still(nanos(220))).isTrue();
        assertThat(standstill.said()).isFalse();
        assertThat(said(100, 250)).containsExactly(220L);
        assertThat(standstill.said()).isTrue();
        standstill.at("step 2", nanos(250));
        assertThat(standstill.said()).isFalse();
        assertThat(standstill.still(nanos(260))).isFalse();
    }

    @Test
    void whatMovesSlowlyHasMoreTimeAndOneLongPauseIsNoHabit() {
        standstill.at(1, nanos(100));
        standstill.at(2, nanos(400));
        assertThat(standstill.still(nanos(400 + 290))).isFalse();
        assertThat(standstill.still(nanos(400 + 300))).isTrue();
        standstill.at(3, nanos(700));
        assertThat(standstill.still(nanos(700 + 890))).isFalse();
        assertThat(standstill.still(nanos(700 + 900))).isTrue();

        standstill.at(4, nanos(705));
        standstill.at(5, nanos(50_000));
        assertThat(standstill.still(nanos(50_000 + 120))).isTrue();
    }
}
