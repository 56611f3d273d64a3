package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * What the aliases of a YAML file make of its tree. Who walks the tree meets what an alias names wherever it is named: a few
 * lines can be a tree without end, or one that is never walked to its end.
 */
final class YamlAliases {
    private static final int MOST_VALUES = 100_000;
    /** The parser's own limit without aliases. */
    private static final int MOST_DEPTH = 50;

    /** Of a node with its aliases written out. */
    private record Extent(long values, int depth) {
        private static final Extent UNKNOWN = new Extent(0, 0);
        private static final Extent ONE = new Extent(1, 1);

        Extent around(Extent inner) {
            return new Extent(values + inner.values, Math.max(depth, inner.depth + 1));
        }
    }

    private final Path file;
    private final Map<Node, Extent> extents = new IdentityHashMap<>();

    YamlAliases(Path file) {
        this.file = file;
    }

    /** @throws Failure CALLER with the line of what holds itself, or becomes too large */
    void check(Node root) {
        extent(root);
    }

    /** An alias names what stands before it, or around it: the walk itself is no deeper than the file. */
    private Extent extent(Node node) {
        @Nullable Extent known = extents.get(node);
        if (known == Extent.UNKNOWN) {
            throw wrong(node, "what &%1$s names holds itself: take *%1$s out of it".formatted(node.getAnchor()));
        }
        if (known != null) return known;
        extents.put(node, Extent.UNKNOWN);
        Extent extent = Extent.ONE;
        for (Node part : parts(node)) extent = extent.around(extent(part));
        if (extent.values > MOST_VALUES) {
            throw wrong(node, "has more than %d values with its aliases written out".formatted(MOST_VALUES));
        }
        if (extent.depth > MOST_DEPTH) {
            throw wrong(node, "is nested more than %d deep with its aliases written out".formatted(MOST_DEPTH));
        }
        extents.put(node, extent);
        return extent;
    }

    private static List<Node> parts(Node node) {
        return switch (node) {
            case SequenceNode list -> list.getValue();
            case MappingNode map ->
                map.getValue().stream()
                        .flatMap(tuple -> Stream.of(tuple.getKeyNode(), tuple.getValueNode()))
                        .toList();
            default -> List.of();
        };
    }

    private Failure wrong(Node node, String problem) {
        int line = node.getStartMark().getLine() + 1;
        return new Failure(Failure.Kind.CALLER, file + ":" + line + ": " + problem);
    }
}
