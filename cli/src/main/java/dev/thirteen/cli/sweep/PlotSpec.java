package dev.thirteen.cli.sweep;

import java.util.List;
import java.util.Map;

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

    public PlotSpec {
        grids = List.copyOf(grids);
        series = List.copyOf(series);
        where = Map.copyOf(where);
    }
}
