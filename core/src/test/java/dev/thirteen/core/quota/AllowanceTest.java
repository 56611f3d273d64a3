package dev.thirteen.core.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private static final Instant START = Instant.EPOCH;

    private final Allowance allowance = new Allowance(60, START);

    @Test
    void aMinutesWorthIsThereAtOnceAndComesBackByTheSecond() {
        assertThat(allowance.take(60, START)).isEmpty();
        assertThat(allowance.take(1, START)).contains(Duration.ofSeconds(1));
        assertThat(allowance.take(3, START.plusSeconds(2))).contains(Duration.ofSeconds(1));
        assertThat(allowance.take(2, START.plusSeconds(2))).isEmpty();
        assertThat(allowance.take(61, START.plusSeconds(3600))).isEmpty();
    }

    @Test
    void whatIsNotUsedComesBack() {
        assertThat(allowance.take(60, START)).isEmpty();
        allowance.giveBack(10);
        assertThat(allowance.take(10, START)).isEmpty();
        allowance.giveBack(1000);
        assertThat(allowance.take(60, START)).isEmpty();
        assertThat(allowance.take(1, START)).isPresent();
    }

    @Test
    void moreThanAMinutesWorthIsOwed() {
        assertThat(allowance.take(1, START)).isEmpty();
        assertThat(allowance.take(90, START)).contains(Duration.ofSeconds(1));
        assertThat(allowance.take(90, START.plusSeconds(1))).isEmpty();
        assertThat(allowance.take(1, START.plusSeconds(1))).contains(Duration.ofSeconds(31));
    }

    @Test
    void aClockThatGoesBackGivesNothing() {
        assertThat(allowance.take(60, START)).isEmpty();
        assertThat(allowance.take(1, START.minusSeconds(60))).contains(Duration.ofSeconds(1));
    }

    @Test
    void nothingIsNoAllowance() {
        assertThatThrownBy(() -> new Allowance(0, START)).hasMessage("an allowance of 0");
    }
}
