package dev.thirteen.cli.sweep;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A figure that a sweep file asks for.
 *
 * @param name of its files
 * @param grids whose rows it shows
 * @param x what stands on the horizontal axis: see {@link SweepRow#number}
 * @param y what stands on the vertical one
 * @param logarithmic whether the horizontal axis is
 * @param series a line for each combination of values of these keys; "grid" is the grid's name
 * @param where run-file keys that must have a value; other rows are left out
 */
public record PlotSpec(
        String name,
        String title,
        List<String> grids,
        String x,
        String y,
        boolean logarithmic,
        List<String> series,
        Map<String, String> where) {
    /** The series of a figure that has one line a grid. */
    public static final String GRID = "grid";

    /** What stands on an axis without being a run-file key: see {@link SweepRow#number}. */
    private static final Set<String> MEASURES = new LinkedHashSet<>(
            List.of("numbers", "degrees-of-freedom", "bytes", "accuracy", "difference", "reward", "tokens"));

    public PlotSpec {
        grids = List.copyOf(grids);
        series = List.copyOf(series);
        where = Map.copyOf(where);
    }

    /** The run-file keys whose values it needs. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>(List.of(x, y));
        keys.removeAll(MEASURES);
        keys.addAll(series);
        keys.remove(GRID);
        keys.addAll(where.keySet());
        return keys;
    }

    /** Whether a row has what it must have to be shown. */
    boolean shows(Map<String, String> keysOfRow) {
        return keysOfRow.entrySet().containsAll(where.entrySet());
    }

    /**
     * What keeps the figure empty, whatever the runs find, a sentence; empty where nothing does.
     *
     * @param cells the values of {@link #keys} of each run of its grids; empty text where the run file lacks a key
     */
    public Optional<String> flaw(List<Map<String, String>> cells) {
        List<Map<String, String>> shown = cells.stream().filter(this::shows).toList();
        if (shown.isEmpty()) return Optional.of("no run of its grids has " + where);
        for (String axis : List.of(x, y)) {
            if (MEASURES.contains(axis) || shown.stream().anyMatch(cell -> isNumber(cell.get(axis)))) continue;
            return Optional.of("no run of its grids has a number at '" + axis
                    + "': an axis is a key whose values are numbers, or " + String.join(", ", MEASURES));
        }
        return series.stream()
                .filter(key -> !key.equals(GRID))
                .filter(key -> shown.stream()
                        .allMatch(cell -> cell.getOrDefault(key, "").isEmpty()))
                .findFirst()
                .map(key -> "no run of its grids has the key '" + key + "' of its series");
    }

    private static boolean isNumber(@Nullable String text) {
        return text != null && SweepRow.parsed(text).isPresent();
    }
}
