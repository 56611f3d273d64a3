package dev.thirteen.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataOrderTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 16, 17, 1000, 7473})
    void everyEpochMeetsEveryProblemOnce(int size) {
        for (int epoch = 0; epoch < 3; epoch++) {
            int[] met = epoch(11, size, epoch);
            Arrays.sort(met);

            assertThat(met).isEqualTo(IntStream.range(0, size).toArray());
        }
    }

    @Test
    void theOrderOfASeedNeverChanges() {
        // A restart goes on where a run stopped, so these numbers are part of the format of run-state.
        assertThat(epoch(11, 10, 0)).containsExactly(5, 4, 3, 8, 2, 9, 7, 0, 1, 6);
        assertThat(epoch(11, 10, 1)).containsExactly(9, 2, 7, 5, 1, 6, 8, 4, 0, 3);
        assertThat(DataOrder.refillIndex(11, 1000, 5, 3, 1)).isEqualTo(288);
    }

    @Test
    void theLargestSizeIsReached() {
        assertThat(DataOrder.indexAt(1, Integer.MAX_VALUE, 5L * Integer.MAX_VALUE + 3))
                .isNotNegative();
    }

    @Test
    void allOrdersOfThreeProblemsAreAboutEquallyLikely() {
        Map<String, Integer> seen = new HashMap<>();
        for (int epoch = 0; epoch < 6000; epoch++) seen.merge(Arrays.toString(epoch(5, 3, epoch)), 1, Integer::sum);

        assertThat(seen).hasSize(6);
        // Standard deviation of a count of 1000: 29.
        assertThat(seen.values()).allSatisfy(count -> assertThat(count).isBetween(870, 1130));
    }

    @Test
    void aRefillIsAFunctionOfItsCoordinatesAndSpreadsOverAllProblems() {
        int[] counts = new int[10];
        for (int step = 0; step < 500; step++)
            for (int attempt = 1; attempt <= 2; attempt++) counts[DataOrder.refillIndex(3, 10, step, 7, attempt)]++;

        assertThat(DataOrder.refillIndex(3, 10, 4, 7, 2)).isEqualTo(DataOrder.refillIndex(3, 10, 4, 7, 2));
        for (int count : counts) assertThat(count).isBetween(60, 140);
    }

    @Test
    void anEmptyDataSetAndTheFirstAttemptAreRefused() {
        assertThatThrownBy(() -> DataOrder.indexAt(1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DataOrder.indexAt(1, 1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DataOrder.refillIndex(1, 1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static int[] epoch(long seed, int size, int epoch) {
        return IntStream.range(0, size)
                .map(i -> DataOrder.indexAt(seed, size, (long) epoch * size + i))
                .toArray();
    }
}
