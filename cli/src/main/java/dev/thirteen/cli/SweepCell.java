package dev.thirteen.cli;

import dev.thirteen.cli.sweep.PlotSpec;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/**
 * A run of a sweep, which may be a cell of several grids. Its name holds a digest of everything that defines it, so that a
 * run of that name is this cell and no other, whoever started it and whenever.
 *
 * @param grids names of the grids that it is a cell of
 * @param changes to the run file, as a person would write them
 * @param keys what the keys that differ somewhere in the sweep, or that a figure needs, are here
 */
record SweepCell(RunFile file, List<String> grids, String changes, Map<String, String> keys) {
    private static final int DIGEST_DIGITS = 12;
    /** Most characters of a name before the digest: a run's name has 63. */
    private static final int MOST_NAME = 63 - DIGEST_DIGITS - 1;

    private record Change(String grid, Map<String, Node> values) {}

    /** Name of the run. */
    String run() {
        return file.spec().getName();
    }

    /**
     * The distinct runs of a sweep, in the order of its grids.
     *
     * @throws Failure CALLER with what is wrong in which cell
     */
    static List<SweepCell> of(SweepFile sweep) {
        if (!sweep.name().matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?")
                || sweep.name().length() > MOST_NAME) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "name: '" + sweep.name() + "' must be lower-case letters, digits and inner hyphens, at most "
                            + MOST_NAME);
        }
        MappingNode root = YamlFile.map(sweep.run());
        List<Change> changes = new ArrayList<>();
        for (SweepFile.Grid grid : sweep.grids()) {
            for (Map<String, Node> values : combinations(grid)) changes.add(new Change(grid.name(), values));
            if (changes.size() > SweepFile.MOST_RUNS) {
                throw new Failure(
                        Failure.Kind.CALLER, "the sweep has more than " + SweepFile.MOST_RUNS + " cells: cut some");
            }
        }
        Map<String, SweepCell> cells = new LinkedHashMap<>();
        Set<String> keys = differing(root, changes);
        sweep.plots().forEach(plot -> keys.addAll(plot.keys()));
        for (Change change : changes) {
            SweepCell cell = cell(sweep, root, change, keys);
            cells.merge(cell.run(), cell, SweepCell::joined);
        }
        for (PlotSpec plot : sweep.plots()) requireShown(plot, cells.values());
        return List.copyOf(cells.values());
    }

    /** Before hours of work: a figure that will be empty has a word wrong. */
    private static void requireShown(PlotSpec plot, Collection<SweepCell> cells) {
        List<Map<String, String>> own = cells.stream()
                .filter(cell -> cell.grids().stream().anyMatch(plot.grids()::contains))
                .map(SweepCell::keys)
                .toList();
        plot.flaw(own).ifPresent(flaw -> {
            throw new Failure(Failure.Kind.CALLER, "plots: the figure '" + plot.name() + "' would be empty: " + flaw);
        });
    }

    private SweepCell joined(SweepCell other) {
        Set<String> all = new LinkedHashSet<>(grids);
        all.addAll(other.grids);
        return new SweepCell(file, List.copyOf(all), changes, keys);
    }

    private static List<Map<String, Node>> combinations(SweepFile.Grid grid) {
        List<Map<String, Node>> combinations = List.of(grid.set());
        for (SweepFile.Axis axis : grid.axes()) {
            List<Map<String, Node>> longer = new ArrayList<>();
            for (Map<String, Node> so : combinations) {
                for (Map<String, Node> point : axis.points()) {
                    Map<String, Node> both = new LinkedHashMap<>(so);
                    both.putAll(point);
                    longer.add(both);
                }
            }
            combinations = longer;
        }
        return combinations;
    }

    /** The keys that have more than one value in the sweep. */
    private static Set<String> differing(MappingNode root, List<Change> changes) {
        Set<String> keys = new LinkedHashSet<>();
        for (Change change : changes) {
            change.values()
                    .forEach((key, node) ->
                            keys.addAll(YamlTree.leaves(key, node).keySet()));
        }
        List<MappingNode> trees =
                changes.stream().map(change -> tree(root, change)).toList();
        keys.removeIf(key ->
                trees.stream().map(tree -> YamlTree.text(tree, key)).distinct().count() < 2);
        return keys;
    }

    private static MappingNode tree(MappingNode root, Change change) {
        MappingNode tree = root;
        for (var entry : change.values().entrySet()) tree = YamlTree.with(tree, entry.getKey(), entry.getValue());
        return tree;
    }

    private static SweepCell cell(SweepFile sweep, MappingNode root, Change change, Set<String> keys) {
        MappingNode tree = tree(root, change);
        String changes = change.values().entrySet().stream()
                .map(entry -> entry.getKey() + ": " + YamlTree.text(entry.getValue()))
                .reduce((one, other) -> one + ", " + other)
                .orElse("no change");
        try {
            RunFile file = RunFile.of(sweep.run(), tree);
            String name = sweep.name() + "-" + digest(file.spec(), YamlTree.text(tree, "base-model"));
            Map<String, String> values = new LinkedHashMap<>();
            for (String key : keys) values.put(key, YamlTree.text(tree, key));
            RunSpec named = file.spec().toBuilder().setName(name).build();
            return new SweepCell(file.withSpec(named), List.of(change.grid()), changes, values);
        } catch (Failure e) {
            throw inCell(e, change.grid(), changes);
        }
    }

    /** A failure that says which cell it is about. */
    static Failure inCell(Failure failure, String grid, String changes) {
        return new Failure(failure.kind(), failure.getMessage() + "\n  in grid " + grid + " with " + changes, failure);
    }

    /** Of the definition, wherever the folder of the base model may lie here. */
    private static String digest(RunSpec spec, String base) {
        RunSpec.Builder definition = spec.toBuilder().clearName();
        if (spec.hasBaseModel()) definition.getBaseModelBuilder().setFolder(base);
        MessageDigest digest = Digests.start();
        digest.update("sweep 1\n".getBytes(StandardCharsets.UTF_8));
        digest.update(definition.build().toByteArray());
        return Digests.hex(digest).substring(0, DIGEST_DIGITS);
    }
}
