package dev.thirteen.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A map of a YAML file with other values under some of its keys. Keys have dots: {@code adapter.u}. */
final class YamlTree {
    private YamlTree() {}

    /**
     * The map with a value in place of what is under the key, or without the key where the value is empty (null). What is new
     * is said to stand in the line of what it replaces, so that problems name a line of the file that was changed.
     */
    static MappingNode with(MappingNode map, String key, Node value) {
        int dot = key.indexOf('.');
        String first = dot < 0 ? key : key.substring(0, dot);
        List<NodeTuple> tuples = new ArrayList<>();
        boolean met = false;
        for (NodeTuple tuple : map.getValue()) {
            if (!named(tuple, first)) {
                tuples.add(tuple);
                continue;
            }
            met = true;
            Mark mark = tuple.getKeyNode().getStartMark();
            changed(tuple.getValueNode(), key, dot, value, mark)
                    .ifPresent(node -> tuples.add(new NodeTuple(tuple.getKeyNode(), node)));
        }
        if (!met) {
            Mark mark = map.getStartMark();
            Node name = new ScalarNode(Tag.STR, first, mark, mark, ScalarStyle.PLAIN);
            changed(empty(mark), key, dot, value, mark).ifPresent(node -> tuples.add(new NodeTuple(name, node)));
        }
        return new MappingNode(map.getTag(), true, tuples, map.getStartMark(), map.getEndMark(), map.getFlowStyle());
    }

    /** The map without a key. */
    static MappingNode without(MappingNode map, String key) {
        Mark mark = map.getStartMark();
        return with(map, key, new ScalarNode(Tag.NULL, "", mark, mark, ScalarStyle.PLAIN));
    }

    private static Optional<Node> changed(Node old, String key, int dot, Node value, Mark mark) {
        if (dot < 0) return isNull(value) ? Optional.empty() : Optional.of(marked(value, mark));
        MappingNode inner = old instanceof MappingNode map ? map : empty(mark);
        return Optional.of(with(inner, key.substring(dot + 1), value));
    }

    private static MappingNode empty(Mark mark) {
        return new MappingNode(Tag.MAP, true, new ArrayList<>(), mark, mark, FlowStyle.BLOCK);
    }

    static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static boolean named(NodeTuple tuple, String key) {
        return tuple.getKeyNode() instanceof ScalarNode scalar
                && scalar.getValue().equals(key);
    }

    private static Node marked(Node node, Mark mark) {
        return switch (node) {
            case ScalarNode scalar ->
                new ScalarNode(scalar.getTag(), scalar.getValue(), mark, mark, scalar.getScalarStyle());
            case SequenceNode list ->
                new SequenceNode(
                        list.getTag(),
                        true,
                        list.getValue().stream().map(part -> marked(part, mark)).toList(),
                        mark,
                        mark,
                        list.getFlowStyle());
            case MappingNode map ->
                new MappingNode(
                        map.getTag(),
                        true,
                        map.getValue().stream()
                                .map(tuple -> new NodeTuple(
                                        marked(tuple.getKeyNode(), mark), marked(tuple.getValueNode(), mark)))
                                .toList(),
                        mark,
                        mark,
                        map.getFlowStyle());
            default -> node;
        };
    }

    /** What stands under a key, as a person would write it in one line; empty where nothing does. */
    static String text(MappingNode map, String key) {
        int dot = key.indexOf('.');
        String first = dot < 0 ? key : key.substring(0, dot);
        for (NodeTuple tuple : map.getValue()) {
            if (!named(tuple, first)) continue;
            if (dot < 0) return text(tuple.getValueNode());
            return tuple.getValueNode() instanceof MappingNode inner ? text(inner, key.substring(dot + 1)) : "";
        }
        return "";
    }

    /** A value as a person would write it in one line. */
    static String text(Node node) {
        return switch (node) {
            case ScalarNode scalar -> isNull(scalar) ? "" : scalar.getValue();
            case SequenceNode list ->
                list.getValue().stream().map(YamlTree::text).collect(Collectors.joining(", ", "[", "]"));
            case MappingNode map ->
                map.getValue().stream()
                        .map(tuple -> text(tuple.getKeyNode()) + ": " + text(tuple.getValueNode()))
                        .collect(Collectors.joining(", ", "{", "}"));
            default -> "";
        };
    }

    /** The keys below a key that hold no map, with what they hold: {@code adapter: {u: 1}} is {@code adapter.u: 1}. */
    static Map<String, Node> leaves(String key, Node value) {
        Map<String, Node> leaves = new LinkedHashMap<>();
        if (!(value instanceof MappingNode map)) {
            leaves.put(key, value);
            return leaves;
        }
        for (NodeTuple tuple : map.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode name) {
                leaves.putAll(leaves(key + "." + name.getValue(), tuple.getValueNode()));
            }
        }
        return leaves;
    }
}
