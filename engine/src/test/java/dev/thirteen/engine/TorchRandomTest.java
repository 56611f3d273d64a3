package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** Reference numbers: torch 2.13, CPU. */
class TorchRandomTest {
    private static final double HALF = Math.sqrt(0.5);

    @Test
    void fewNumbersArePairsOfDoubles() {
        assertThat(new TorchRandom(42).normal(4, HALF))
                .containsExactly(new float[] {0.23807603f, 0.09108201f, 0.16578993f, 0.16287005f}, within(1e-8f));
        assertThat(new TorchRandom(43).normal(4, HALF))
                .containsExactly(new float[] {-0.45848882f, -0.49910527f, 0.45482409f, 1.04566884f}, within(1e-8f));
        assertThat(new TorchRandom(42).normal(2, 1))
                .containsExactly(new float[] {0.33669037f, 0.12880941f}, within(1e-8f));
    }

    @Test
    void wholeBlocksAreTransformedByFloats() {
        float[] values = new TorchRandom(42).normal(16, HALF);
        assertThat(values).startsWith(new float[] {1.36253488f, 1.05166864f, 0.63690323f, -1.48882818f}, within(1e-6f));
        assertThat(values).endsWith(new float[] {-0.54365116f, 0.53913027f}, within(1e-6f));
    }

    @Test
    void projectionsArePeftsOfTheSameSeed() {
        for (JsonNode projection : Golden.json("projections.json")) {
            float[] expected = Golden.floats(projection.path("values"));
            double deviation = 1 / Math.sqrt(projection.path("rank").doubleValue());
            assertThat(new TorchRandom(projection.path("seed").longValue()).normal(expected.length, deviation))
                    .containsExactly(expected, within(2e-6f));
        }
    }
}
