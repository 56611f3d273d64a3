package dev.thirteen.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CounterRandomTest {
    /** The vectors that Random123 publishes for philox4x32 with 10 rounds (kat_vectors). */
    @ParameterizedTest
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void blocksEqualThePublishedVectors(String counter, String key, String expected) {
        int[] keys = words(key);

        assertThat(CounterRandom.block(words(counter), keys[0], keys[1])).isEqualTo(words(expected));
    }

    @Test
    void positionAndStreamAreTheCounterAndTheSeedIsTheKey() {
        long bits = CounterRandom.bits(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L);

        assertThat(bits).isEqualTo(0xd16cfe0994fdccebL);
        assertThat(CounterRandom.uniform(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L))
                .isEqualTo(0xd16cfe / 0x1p24f);
        assertThat(CounterRandom.uniformDouble(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L))
                .isEqualTo((0xd16cfe0994fdccebL >>> 11) / 0x1p53);
    }

    @Test
    void uniformsFillTheirRangeEvenly() {
        int[] bins = new int[256];
        int draws = 1 << 18;
        for (int position = 0; position < draws; position++) {
            float uniform = CounterRandom.uniform(13, 4, position);
            assertThat(uniform).isBetween(0f, 0x1.fffffep-1f);
            bins[(int) (uniform * 256)]++;
        }

        double expected = draws / 256.0;
        double chiSquare = 0;
        for (int count : bins) chiSquare += (count - expected) * (count - expected) / expected;
        // 255 degrees of freedom: mean 255, standard deviation 22.6.
        assertThat(chiSquare).isBetween(165.0, 345.0);
    }

    @Test
    void neighboursInSeedStreamAndPositionAreIndependent() {
        int draws = 1 << 16;
        double[] products = new double[3];
        for (int position = 0; position < draws; position++) {
            double here = CounterRandom.uniformDouble(7, 0, position) - 0.5;
            products[0] += here * (CounterRandom.uniformDouble(8, 0, position) - 0.5);
            products[1] += here * (CounterRandom.uniformDouble(7, 1, position) - 0.5);
            products[2] += here * (CounterRandom.uniformDouble(7, 0, position + 1) - 0.5);
        }

        // The correlation of independent draws has the standard deviation 1/sqrt(draws) = 0.0039.
        for (double product : products) assertThat(12 * product / draws).isCloseTo(0, within(0.016));
    }

    private static int[] words(String hex) {
        String[] parts = hex.strip().split(" ");
        int[] words = new int[parts.length];
        for (int i = 0; i < parts.length; i++) words[i] = HexFormat.fromHexDigits(parts[i]);
        return words;
    }
}
