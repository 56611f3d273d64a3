package dev.thirteen.engine;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a step drew for each row.
 *
 * @param numbers [3 + 2 alternatives, rows] as draw of sampling.py returns it
 */
record Draws(double[] numbers, int rows) {
    private static final int BESIDE = 3;

    int token(int row) {
        return (int) numbers[row];
    }

    /** Under the distribution drawn from. */
    float logProb(int row) {
        return (float) numbers[rows + row];
    }

    float rawLogProb(int row) {
        return (float) numbers[2 * rows + row];
    }

    /** The likeliest tokens of the row; the batch may hold more, for the sake of another one. */
    List<Decoder.Alternative> alternatives(int row, int asked) {
        if (asked == 0) return List.of();
        int held = (numbers.length / rows - BESIDE) / 2;
        return IntStream.range(0, asked)
                .mapToObj(i -> new Decoder.Alternative(
                        (int) numbers[(BESIDE + i) * rows + row], (float) numbers[(BESIDE + held + i) * rows + row]))
                .toList();
    }
}
