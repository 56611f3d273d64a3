package dev.thirteen.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LanesTest {
    @Test
    void exponentialsAreAsExactAsTheySay() {
        double worst = 0;
        for (int i = 0; i <= 174_000; i++) {
            float x = -86.5f + i / 1000f;
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(exp(x) - exact) / exact);
        }
        assertThat(worst).isLessThan(2e-7);
    }

    @ParameterizedTest
    @CsvSource({"-88, 0", "-200, 0", "-Infinity, 0", "89, Infinity", "300, Infinity", "0, 1"})
    void exponentialsHaveLimits(float x, float expected) {
        assertThat(exp(x)).isEqualTo(expected);
    }

    private static float exp(float x) {
        return Lanes.exp(FloatVector.broadcast(Lanes.FLOATS, x)).lane(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 7, 64})
    void sumsOfManyRowsHaveTheBitsOfOne(int rows) {
        float[] numbers = new float[rows * Lanes.COUNT];
        Random random = new Random(rows);
        for (int i = 0; i < numbers.length; i++) numbers[i] = (float) random.nextGaussian();
        float[] sums = new float[rows + 2];
        Lanes.sums(numbers, rows, sums, 1);
        for (int row = 0; row < rows; row++) {
            FloatVector one = FloatVector.fromArray(Lanes.FLOATS, numbers, row * Lanes.COUNT);
            assertThat(sums[row + 1]).isEqualTo(Lanes.sum(one));
        }
        assertThat(sums[0]).isZero();
        assertThat(sums[rows + 1]).isZero();
    }

    /** Gates of -200 shut, those of 200 are open, as are their neighbours in a vector and behind the last whole one. */
    @ParameterizedTest
    @ValueSource(ints = {5, 16, 20})
    void gatesShutAndOpen(int count) {
        float[] gateUp = new float[2 * count];
        for (int i = 0; i < count; i++) {
            gateUp[i] = i % 2 == 0 ? -200 : 200;
            gateUp[count + i] = 0.5f;
        }
        float[] gated = new float[count];
        RowLoops.gated(gateUp, 0, count, gated, false);
        for (int i = 0; i < count; i++) assertThat(gated[i]).isEqualTo(i % 2 == 0 ? -0f : 100f);
    }
}
