package dev.thirteen.engine.jinja;

import java.util.stream.IntStream;

/** Python's slices; positions in texts count code points. */
final class Slices {
    private Slices() {}

    /** The positions that a slice takes from a sequence. */
    static IntStream indices(int length, Object startValue, Object stopValue, Object stepValue) {
        int step = stepValue == None.NONE ? 1 : bound(stepValue);
        if (step == 0) throw new Problem("slice step cannot be zero");
        int lowest = step > 0 ? 0 : -1;
        int highest = step > 0 ? length : length - 1;
        int start =
                startValue == None.NONE ? (step > 0 ? lowest : highest) : clamp(startValue, length, lowest, highest);
        int stop = stopValue == None.NONE ? (step > 0 ? highest : lowest) : clamp(stopValue, length, lowest, highest);
        long distance = step > 0 ? (long) stop - start : (long) start - stop;
        long count = distance <= 0 ? 0 : (distance - 1) / Math.abs((long) step) + 1;
        return IntStream.range(0, (int) count).map(i -> start + i * step);
    }

    private static int bound(Object value) {
        if (!Numbers.isInteger(value) && !(value instanceof Undefined))
            throw new Problem("slice indices must be integers or None or have an __index__ method");
        return Numbers.position(value);
    }

    private static int clamp(Object value, int length, int lowest, int highest) {
        int index = bound(value);
        if (index < 0) index += length;
        return Math.clamp(index, lowest, highest);
    }

    static String of(String text, Object start, Object stop, Object step) {
        int[] characters = text.codePoints().toArray();
        int[] taken = indices(characters.length, start, stop, step)
                .map(index -> characters[index])
                .toArray();
        return new String(taken, 0, taken.length);
    }

    /** From a position to before another, both within the text. */
    static String substring(String text, int start, int end) {
        int from = text.offsetByCodePoints(0, start);
        return text.substring(from, text.offsetByCodePoints(from, end - start));
    }
}
