package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LineTest {
    @Test
    void lineHasMediansAndTheSpreadOfTheRatios() {
        Line line = Line.of("a", Unit.TOKENS, new double[] {200, 300, 100}, new double[] {100, 100, 100});
        assertThat(line.text())
                .isEqualTo("bench a ours 200.000 peer 100.000 unit tok/s ratio 2.000 low 1.000 high 3.000 runs 3");
    }

    @Test
    void ofSecondsTheRatioIsThePeersByOurs() {
        Line line = Line.of("a", Unit.SECONDS, new double[] {2, 2}, new double[] {3, 5});
        assertThat(line.text())
                .isEqualTo("bench a ours 2.000 peer 4.000 unit s ratio 2.000 low 1.500 high 2.500 runs 2");
    }

    @Test
    void largeNumbersArePlainIntegers() {
        Line line = Line.against("a", Unit.TOKENS, new double[] {123_456.7}, 59_055);
        assertThat(line.text())
                .isEqualTo("bench a ours 123457 peer 59055 unit tok/s ratio 2.091 low 2.091 high 2.091 runs 1");
    }

    @Test
    void sameRoundsStandAgainstAConstant() {
        Line line = Line.of("a", Unit.TOKENS, new double[] {20, 30, 40}, new double[] {10, 10, 10});
        assertThat(line.against("a-bound", 60))
                .isEqualTo(new Line("a-bound", 30, 60, Unit.TOKENS, 0.5, 2 / 6.0, 4 / 6.0, 3));
    }

    @Test
    void reasonOfASkippedMeasureIsOneLine() {
        assertThat(Line.skipped("a", "failed:\n  out of memory ")).isEqualTo("bench a skipped failed: out of memory");
    }
}
