package dev.thirteen.cli.sweep;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    private static final Set<String> MEASURES =
            Set.of("numbers", "degrees-of-freedom", "bytes", "reward", "accuracy", "difference", "tokens");

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
}
