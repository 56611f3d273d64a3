package dev.thirteen.core.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatisticsTest {
    /** Expected values computed with exact integers. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 1",
        "0, 1, 1",
        "3, 3, 1",
        "5, 0, 0.0625",
        "10, 2, 0.03857421875",
        "102, 78, 0.08618731332869517",
        "231, 71, 6.433499785963273e-21",
        "300, 10, 1.9342365111897645e-75",
        "5050, 4950, 0.322174199795312",
        "50400, 49600, 0.011514925490228948"
    })
    void mcNemarIsTheExactBinomialOnBothSides(int won, int lost, double expected) {
        assertThat(McNemar.twoSidedExact(won, lost)).isCloseTo(expected, Percentage.withPercentage(1e-7));
        assertThat(McNemar.twoSidedExact(lost, won)).isEqualTo(McNemar.twoSidedExact(won, lost));
    }

    @Test
    void mcNemarStaysFiniteAtItsEnds() {
        assertThat(McNemar.twoSidedExact(100_000, 0)).isZero();
        assertThat(McNemar.twoSidedExact(50_000, 50_000)).isEqualTo(1);
        assertThatThrownBy(() -> McNemar.twoSidedExact(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** 8 of 10 as in textbooks; 0 of 10 has the closed form z²/(n + z²). */
    @Test
    void wilsonIntervalsEqualTheirClosedForms() {
        Wilson eight = Wilson.of(8, 10);
        double z2 = 1.959963984540054 * 1.959963984540054;

        assertThat(eight.low()).isCloseTo(0.4901625, within(1e-6));
        assertThat(eight.high()).isCloseTo(0.9433178, within(1e-6));
        assertThat(Wilson.of(0, 10).low()).isCloseTo(0, within(1e-15));
        assertThat(Wilson.of(0, 10).high()).isCloseTo(z2 / (10 + z2), within(1e-12));
        assertThat(Wilson.of(10, 10).high()).isCloseTo(1, within(1e-15));
        assertThat(Wilson.of(0, 0)).isEqualTo(new Wilson(0.5, 0.5));
        assertThatThrownBy(() -> Wilson.of(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theRunningMeanForgetsNothing() {
        RunningMean mean = RunningMean.NONE;
        for (double value : new double[] {1, 2, 6}) mean = mean.with(value);

        assertThat(mean).isEqualTo(new RunningMean(3, 3));
    }
}
