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
 * @param leftOut keys that have no effect here, and are not part of the definition
 */
record SweepCell(RunFile file, List<String> grids, String changes, Map<String, String> keys, Set<String> leftOut) {
    private static final int DIGEST_DIGITS = 12;
    /** Most characters of a name before the digest: a run's name has 63. */
    private static final int MOST_NAME = 63 - DIGEST_DIGITS - 1;

    private record Change(String grid, Map<String, Node> values) {
        /** As a person would write it. */
        String text() {
            return values.entrySet().stream()
                    .map(entry -> entry.getKey() + ": " + YamlTree.text(entry.getValue()))
                    .reduce((one, other) -> one + ", " + other)
                    .orElse("no change");
        }
    }

    /** A change with what comes of it. */
    private record Planned(Change change, CellFile file) {
        SweepCell cell(String sweep, Set<String> keys) {
            RunFile run = file.file();
            String name = sweep + "-" + digest(run.spec(), YamlTree.text(file.tree(), "base-model"));
            Map<String, String> values = new LinkedHashMap<>();
            for (String key : keys) values.put(key, YamlTree.text(file.tree(), key));
            return new SweepCell(
                    run.withSpec(run.spec().toBuilder().setName(name).build()),
                    List.of(change.grid()),
                    change.text(),
                    values,
                    file.leftOut().keySet());
        }
    }

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
        List<Planned> planned = planned(sweep, root, changes);
        Set<String> keys = differing(planned);
        sweep.plots().forEach(plot -> keys.addAll(plot.keys()));
        Map<String, SweepCell> cells = new LinkedHashMap<>();
        for (Planned one : planned) {
            SweepCell cell = one.cell(sweep.name(), keys);
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
        return new SweepCell(
                file, List.copyOf(union(grids, other.grids)), changes, keys, union(leftOut, other.leftOut));
    }

    private static Set<String> union(Collection<String> one, Collection<String> other) {
        Set<String> all = new LinkedHashSet<>(one);
        all.addAll(other);
        return all;
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

    private static List<Planned> planned(SweepFile sweep, MappingNode root, List<Change> changes) {
        List<Planned> planned = new ArrayList<>();
        IdleKeys idle = new IdleKeys();
        for (Change change : changes) {
            try {
                CellFile file = CellFile.of(sweep.run(), tree(root, change));
                idle.note(file, where(change.grid(), change.text()));
                planned.add(new Planned(change, file));
            } catch (Failure e) {
                throw inCell(e, change.grid(), change.text());
            }
        }
        idle.refuse();
        return planned;
    }

    /** The keys that have more than one value in the sweep. */
    private static Set<String> differing(List<Planned> planned) {
        Set<String> keys = new LinkedHashSet<>();
        for (Planned one : planned) {
            one.change()
                    .values()
                    .forEach((key, node) ->
                            keys.addAll(YamlTree.leaves(key, node).keySet()));
        }
        keys.removeIf(key -> planned.stream()
                        .map(one -> YamlTree.text(one.file().tree(), key))
                        .distinct()
                        .count()
                < 2);
        return keys;
    }

    private static MappingNode tree(MappingNode root, Change change) {
        MappingNode tree = root;
        for (var entry : change.values().entrySet()) tree = YamlTree.with(tree, entry.getKey(), entry.getValue());
        return tree;
    }

    /** A failure that says which cell it is about. */
    static Failure inCell(Failure failure, String grid, String changes) {
        return new Failure(failure.kind(), failure.getMessage() + "\n  in " + where(grid, changes), failure);
    }

    private static String where(String grid, String changes) {
        return "grid " + grid + " with " + changes;
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
