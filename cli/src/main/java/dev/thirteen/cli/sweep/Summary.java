package dev.thirteen.cli.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Rows that differ in nothing but what is repeated, seeds as a rule, taken together.
 *
 * @param grid name of the grid
 * @param keys what its rows have in common
 * @param rows one or more
 * @param accuracy over the rows that were evaluated
 */
public record Summary(String grid, Map<String, String> keys, List<SweepRow> rows, Spread accuracy) {
    /**
     * Mean and spread of some values.
     *
     * @param count of them
     * @param mean NaN where there is none
     * @param deviation sample standard deviation (divisor n - 1); 0 for fewer than two
     */
    public record Spread(int count, double mean, double deviation, double least, double most) {
        /** Of values in any order. */
        public static Spread of(double... values) {
            int count = values.length;
            double mean = 0;
            double least = Double.NaN;
            double most = Double.NaN;
            for (double value : values) {
                mean += value / count;
                least = least <= value ? least : value;
                most = most >= value ? most : value;
            }
            double squares = 0;
            for (double value : values) squares += (value - mean) * (value - mean);
            double deviation = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
            return new Spread(count, count == 0 ? Double.NaN : mean, deviation, least, most);
        }
    }

    /**
     * The rows of a grid, those together that differ in replicated keys alone; in the order of the rows.
     *
     * @param replicates keys whose values repeat a cell
     */
    public static List<Summary> of(String grid, List<SweepRow> rows, Set<String> replicates) {
        Map<Map<String, String>, List<SweepRow>> cells = new LinkedHashMap<>();
        for (SweepRow row : rows) {
            if (!row.grids().contains(grid)) continue;
            Map<String, String> common = new LinkedHashMap<>(row.keys());
            common.keySet().removeAll(replicates);
            cells.computeIfAbsent(common, _ -> new ArrayList<>()).add(row);
        }
        List<Summary> summaries = new ArrayList<>();
        cells.forEach((keys, own) -> summaries.add(new Summary(grid, keys, own, spread(own, "accuracy"))));
        return summaries;
    }

    /** Mean and spread over the rows that have the number. */
    public static Spread spread(List<SweepRow> rows, String name) {
        return Spread.of(rows.stream()
                .map(row -> row.number(name))
                .filter(java.util.OptionalDouble::isPresent)
                .mapToDouble(java.util.OptionalDouble::getAsDouble)
                .toArray());
    }

    /** Mean of a figure over the rows that were evaluated; NaN where none was. */
    public double mean(Function<SweepRow.Found, Double> figure) {
        return rows.stream()
                .flatMap(row -> row.found().stream())
                .mapToDouble(figure::apply)
                .average()
                .orElse(Double.NaN);
    }
}
