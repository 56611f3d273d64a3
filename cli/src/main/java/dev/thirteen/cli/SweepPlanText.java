package dev.thirteen.cli;

import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What a sweep is going to run, as text. */
final class SweepPlanText {
    private SweepPlanText() {}

    /** @param checked each run by its name, as the server would create it */
    static String of(SweepFile sweep, List<SweepCell> cells, Map<String, Run> checked) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("grid", "axes", "runs", "numbers", "freedom", "samples"));
        for (SweepFile.Grid grid : sweep.grids()) {
            List<SweepCell> own = cells.stream()
                    .filter(cell -> cell.grids().contains(grid.name()))
                    .toList();
            table.add(List.of(
                    grid.name(),
                    axes(grid),
                    Integer.toString(own.size()),
                    range(own, checked, Run::getTrainedNumbers),
                    range(own, checked, Run::getDegreesOfFreedom),
                    thousands(own.stream().mapToLong(SweepPlanText::samples).sum())));
        }
        long shared = cells.stream().filter(cell -> cell.grids().size() > 1).count();
        long samples = cells.stream().mapToLong(SweepPlanText::samples).sum();
        return TextTable.render(table)
                + "%d runs, %d of them cells of several grids; %s samples; up to %d runs at a time%n"
                        .formatted(cells.size(), shared, thousands(samples), sweep.atOnce())
                + leftOut(cells);
    }

    /** What a person said and some cells have no use for. */
    private static String leftOut(List<SweepCell> cells) {
        Map<String, Long> runs = cells.stream()
                .flatMap(cell -> cell.leftOut().stream())
                .collect(Collectors.groupingBy(key -> key, TreeMap::new, Collectors.counting()));
        return runs.entrySet().stream()
                .map(key -> "%s is left out of %d runs, in which it has no effect%n"
                        .formatted(key.getKey(), key.getValue()))
                .collect(Collectors.joining());
    }

    private static String axes(SweepFile.Grid grid) {
        return grid.axes().stream()
                .map(axis -> axis.name() + " x " + axis.points().size())
                .collect(Collectors.joining(", "));
    }

    private static String range(List<SweepCell> cells, Map<String, Run> checked, ToLongFunction<Run> figure) {
        var sizes = cells.stream()
                .map(cell -> checked.getOrDefault(cell.run(), Run.getDefaultInstance()))
                .mapToLong(figure)
                .filter(size -> size > 0)
                .summaryStatistics();
        if (sizes.getCount() == 0) return "";
        return sizes.getMin() == sizes.getMax()
                ? thousands(sizes.getMin())
                : thousands(sizes.getMin()) + " to " + thousands(sizes.getMax());
    }

    private static long samples(SweepCell cell) {
        RunSpec spec = cell.file().spec();
        return spec.getSteps() * spec.getGroupsPerStep() * spec.getSamplesPerGroup();
    }

    private static String thousands(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
