package dev.thirteen.cli;

import dev.thirteen.cli.sweep.PlotSpec;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A sweep file: a run file, and grids of changes to it.
 *
 * @param name of the sweep; the names of its runs begin with it
 * @param run the run file
 * @param atOnce most runs that are under way at one time
 * @param replicates keys whose values repeat a cell
 */
record SweepFile(
        String name,
        Path run,
        int atOnce,
        Set<String> replicates,
        SweepQuestions questions,
        List<Grid> grids,
        List<PlotSpec> plots) {
    /** Most runs of one sweep. */
    static final int MOST_RUNS = 10_000;

    private static final int AT_ONCE = 8;
    private static final int ADAPTERS_AT_ONCE = 16;

    /**
     * A grid: each combination of one point an axis.
     *
     * @param set what all of its runs have
     */
    record Grid(String name, String title, Map<String, Node> set, List<Axis> axes) {}

    /** Points, each a set of keys with values. */
    record Axis(String name, List<Map<String, Node>> points) {}

    /**
     * Reads a sweep file.
     *
     * @throws Failure CALLER with one line for each thing that is wrong
     */
    static SweepFile read(Path file) {
        SourceFile source = new SourceFile(file);
        Section top = Section.of(source, "", YamlFile.map(file));
        top.require("name", "run", "grids");
        String named = top.text("run", "");
        Path run = top.made("run", () -> Places.resolve(file, named)).orElse(file);
        if (!Files.isRegularFile(run)) top.problem("run", "there is no file '" + run + "'");
        List<Grid> grids = new ArrayList<>();
        for (Section section : top.sections("grids")) grids.add(grid(section));
        if (grids.isEmpty() && top.has("grids")) top.problem("grids", "has none");
        List<String> replicates = top.texts("replicates");
        List<PlotSpec> plots = new ArrayList<>();
        for (Section section : top.sections("plots")) plots.add(plot(section, grids));
        SweepFile sweep = new SweepFile(
                top.text("name", ""),
                run,
                top.positive("at-once", AT_ONCE),
                replicates.isEmpty() ? Set.of("seed") : new LinkedHashSet<>(replicates),
                SweepQuestions.read(top, source, ADAPTERS_AT_ONCE),
                grids,
                plots);
        top.end();
        source.refuseIfWrong();
        return sweep;
    }

    private static Grid grid(Section section) {
        section.require("name");
        String name = section.text("name", "");
        List<Axis> axes = new ArrayList<>();
        Section over = section.section("over");
        over.all().forEach((key, node) -> axes.add(axis(over, key, node)));
        Grid grid = new Grid(
                name, section.text("title", name), section.section("set").all(), axes);
        section.end();
        return grid;
    }

    private static Axis axis(Section over, String key, Node node) {
        if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
            over.problem(key, "must be a list of values, or of maps of keys and values");
            return new Axis(key, List.of(Map.of()));
        }
        List<Map<String, Node>> points = new ArrayList<>();
        for (Node value : list.getValue())
            points.add(value instanceof MappingNode map ? keys(map) : Map.of(key, value));
        return new Axis(key, points);
    }

    private static Map<String, Node> keys(MappingNode map) {
        Map<String, Node> keys = new LinkedHashMap<>();
        for (NodeTuple tuple : map.getValue()) {
            keys.put(YamlTree.text(tuple.getKeyNode()), tuple.getValueNode());
        }
        return keys;
    }

    private static PlotSpec plot(Section section, List<Grid> grids) {
        section.require("name", "x", "grids");
        List<String> names = section.texts("grids");
        for (String name : names) {
            if (grids.stream().noneMatch(grid -> grid.name().equals(name))) {
                section.problem("grids", "there is no grid '" + name + "'");
            }
        }
        String name = section.text("name", "");
        if (!name.matches("[a-z0-9-]+")) section.problem("name", "must be lower-case letters, digits and hyphens");
        Map<String, String> where = new LinkedHashMap<>();
        section.section("where").all().forEach((key, node) -> where.put(key, YamlTree.text(node)));
        List<String> series = section.texts("series");
        PlotSpec plot = new PlotSpec(
                name,
                section.text("title", name),
                names,
                section.text("x", "numbers"),
                section.text("y", "accuracy"),
                section.flag("logarithmic", false),
                series.isEmpty() ? List.of(PlotSpec.GRID) : series,
                where);
        section.end();
        return plot;
    }
}
