package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.engine.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KernelDifferenceTest {
    private static final double[] GRADIENT = {3, 4};

    private static List<Decoder.Token> row(long group, int[] ids, float... logProbs) {
        List<Decoder.Token> tokens = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            tokens.add(new Decoder.Token(group, 0, ids[i], 0, logProbs[i], List.of(), null));
        }
        return tokens;
    }

    private static Map<Long, List<Decoder.Token>> rows(float apart) {
        return Map.of(
                1L, row(1, new int[] {5, 6, 7}, -1 - apart, -2, -3),
                2L, row(2, new int[] {5, 8}, -1, -2 - apart));
    }

    private static RowDifference difference(Map<Long, List<Decoder.Token>> other) {
        return RowDifference.of(rows(0), other, Decoder.Token::rawLogProb);
    }

    private static KernelDifference apart(float by) {
        return found(difference(rows(by)), 3, 4.01);
    }

    private static KernelDifference found(RowDifference rows, double... gradient) {
        return KernelDifference.of(16, rows, 0.1, GRADIENT, gradient);
    }

    @Test
    void tokensCountAsFarAsRowsAgree() {
        Map<Long, List<Decoder.Token>> other = Map.of(
                1L, row(1, new int[] {5, 9, 7}, -1.5f, -2, -9),
                2L, row(2, new int[] {5, 8}, -1, -2.25f));
        RowDifference found = difference(other);
        assertThat(found.rows()).isEqualTo(2);
        assertThat(found.differing()).isEqualTo(1);
        assertThat(found.tokens()).isEqualTo(3);
        assertThat(found.mean()).isEqualTo(0.25);
        assertThat(found.most()).isEqualTo(0.5);
        assertThat(found.agreed()).isEqualTo(1);
        assertThat(found(found, 4, 3).cosine()).isCloseTo(0.96, within(1e-12));
        assertThat(found(found, 4, 3).length()).isEqualTo(1);
        assertThat(found.with(found).tokens()).isEqualTo(6);
        assertThat(found.with(found).mean()).isEqualTo(0.25);
    }

    @Test
    void whatIsMuchFurtherApartThanTheYardstickOrNotAtAllDoesNotHold() {
        KernelDifference yardstick = apart(0.01f);
        assertThat(yardstick.holdsBeside(yardstick)).isTrue();
        assertThat(apart(0.019f).holdsBeside(yardstick)).isTrue();
        assertThat(apart(0.021f).holdsBeside(yardstick)).isFalse();
        assertThat(apart(0).holdsBeside(yardstick)).isFalse();
        KernelDifference far = apart(0.06f);
        assertThat(far.holdsBeside(far)).isFalse();
    }

    @Test
    void gradientsThatPointElsewhereOrAreLongerDoNotHold() {
        KernelDifference yardstick = apart(0.01f);
        RowDifference rows = yardstick.drawn();
        assertThat(found(rows, 4, 3).holdsBeside(yardstick)).isFalse();
        assertThat(found(rows, 3.3, 4.4).holdsBeside(yardstick)).isFalse();
        assertThat(found(rows, GRADIENT).holdsBeside(yardstick))
                .as("the same bits")
                .isFalse();
    }
}
