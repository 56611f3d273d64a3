package dev.thirteen.cli.sweep;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A run of a sweep.
 *
 * @param run its name
 * @param grids names of the grids that it is a cell of
 * @param keys what run-file keys that differ somewhere in the sweep, or that a figure needs, are here, in the order of the sweep
 *     file; empty text where the run file lacks the key
 * @param phase as a person reads it; "absent" before the run is created
 * @param size of its adapter
 * @param training how far it is
 * @param found by its evaluation; empty while there is none
 */
public record SweepRow(
        String run,
        List<String> grids,
        Map<String, String> keys,
        String phase,
        Size size,
        Training training,
        Optional<Found> found) {
    /**
     * The size of an adapter.
     *
     * @param numbers trained
     * @param freedom effective degrees of freedom; 0 where nobody knows
     * @param bytes of the values as sent
     */
    public record Size(int numbers, long freedom, int bytes) {}

    /**
     * How far a run is.
     *
     * @param step committed steps
     * @param steps in all
     * @param reward mean of the last step; 0 where nothing is judged
     * @param seconds from its creation to its last step
     */
    public record Training(long step, long steps, double reward, double seconds) {}

    /**
     * What an evaluation of the last step says.
     *
     * @param evaluation its id
     * @param answers judged
     * @param accuracy share of right answers
     * @param error standard error of the accuracy, problems as clusters
     * @param base accuracy of the base model on the same problems with the same seeds
     * @param difference mean over problems, with its 95 % interval
     * @param p exact McNemar test
     * @param meanTokens of an answer
     * @param truncated answers cut at the longest length
     */
    public record Found(
            String evaluation,
            int answers,
            double accuracy,
            double error,
            double base,
            Interval difference,
            double p,
            double meanTokens,
            int truncated) {}

    /** A mean with its interval. */
    public record Interval(double mean, double low, double high) {}

    public SweepRow {
        grids = List.copyOf(grids);
    }

    /**
     * The number that a word of a sweep file stands for: {@code numbers}, {@code degrees-of-freedom}, {@code bytes},
     * {@code accuracy}, {@code difference}, {@code reward}, {@code tokens}, or a run-file key whose value is a number.
     *
     * @return empty where the row has none
     */
    public OptionalDouble number(String name) {
        return switch (name) {
            case "numbers" -> OptionalDouble.of(size.numbers());
            case "degrees-of-freedom" -> OptionalDouble.of(size.freedom());
            case "bytes" -> OptionalDouble.of(size.bytes());
            case "reward" -> OptionalDouble.of(training.reward());
            case "accuracy" -> figure(found.map(Found::accuracy));
            case "difference" ->
                figure(found.map(figures -> figures.difference().mean()));
            case "tokens" -> figure(found.map(Found::meanTokens));
            default -> parsed(keys.getOrDefault(name, ""));
        };
    }

    private static OptionalDouble figure(Optional<Double> value) {
        return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
    }

    static OptionalDouble parsed(String text) {
        try {
            return OptionalDouble.of(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }
}
