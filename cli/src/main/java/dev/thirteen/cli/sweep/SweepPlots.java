package dev.thirteen.cli.sweep;

import dev.thirteen.cli.plot.Plot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes figures of rows: the mean over rows of one line and place, with one standard deviation to either side. */
public final class SweepPlots {
    private SweepPlots() {}

    /**
     * The figure; empty while no row of it was evaluated.
     *
     * @param titles of grids by their names
     */
    public static Plot plot(PlotSpec spec, List<SweepRow> rows, Map<String, String> titles) {
        Map<String, TreeMap<Double, List<SweepRow>>> lines = new LinkedHashMap<>();
        for (String grid : spec.grids()) {
            for (SweepRow row : rows) {
                if (!row.grids().contains(grid) || !spec.shows(row.keys())) continue;
                row.number(spec.x())
                        .ifPresent(x -> lines.computeIfAbsent(label(spec, grid, row, titles), _ -> new TreeMap<>())
                                .computeIfAbsent(x, _ -> new ArrayList<>())
                                .add(row));
            }
        }
        List<Plot.Line> drawn = new ArrayList<>();
        lines.forEach((label, places) -> drawn.add(new Plot.Line(label, points(spec, places))));
        return new Plot(spec.title(), title(spec.x()), title(spec.y()), spec.logarithmic(), drawn, base(spec, rows));
    }

    private static String label(PlotSpec spec, String grid, SweepRow row, Map<String, String> titles) {
        List<String> parts = new ArrayList<>();
        for (String key : spec.series()) {
            if (key.equals(PlotSpec.GRID)) {
                parts.add(titles.getOrDefault(grid, grid));
            } else {
                parts.add(shortened(key) + " " + row.keys().getOrDefault(key, ""));
            }
        }
        return String.join(", ", parts);
    }

    private static List<Plot.Point> points(PlotSpec spec, TreeMap<Double, List<SweepRow>> places) {
        List<Plot.Point> points = new ArrayList<>();
        places.forEach((x, own) -> {
            Summary.Spread spread = Summary.spread(own, spec.y());
            if (spread.count() > 0) points.add(new Plot.Point(x, spread.mean(), spread.deviation()));
        });
        return points;
    }

    /** The accuracy of each base model among the rows. */
    private static List<Plot.Level> base(PlotSpec spec, List<SweepRow> rows) {
        if (!spec.y().equals("accuracy")) return List.of();
        Map<String, List<SweepRow>> models = new LinkedHashMap<>();
        for (SweepRow row : rows) {
            if (row.found().isEmpty() || row.grids().stream().noneMatch(spec.grids()::contains)) continue;
            models.computeIfAbsent(row.keys().getOrDefault("base-model", ""), _ -> new ArrayList<>())
                    .add(row);
        }
        List<Plot.Level> levels = new ArrayList<>();
        models.forEach((model, own) -> {
            double mean = own.stream()
                    .flatMap(row -> row.found().stream())
                    .mapToDouble(SweepRow.Found::base)
                    .average()
                    .orElse(Double.NaN);
            levels.add(new Plot.Level(model.isEmpty() ? "base" : "base " + shortened(model), mean));
        });
        return levels;
    }

    /** The last part of a key or a path. */
    private static String shortened(String key) {
        return key.replaceFirst("^.*[./](?=[^./]+$)", "");
    }

    private static String title(String name) {
        return switch (name) {
            case "numbers" -> "trained numbers";
            case "bytes" -> "bytes of the adapter";
            case "degrees-of-freedom" -> "effective degrees of freedom";
            case "difference" -> "accuracy above the base";
            case "tokens" -> "tokens of an answer";
            default -> name;
        };
    }
}
