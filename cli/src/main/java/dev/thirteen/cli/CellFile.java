package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.nodes.MappingNode;

/**
 * The run file of a sweep's cell. A key that can have no effect there, which a person would be refused, is left out: one cell
 * may have no use for what others vary.
 *
 * @param tree what is left
 * @param leftOut the keys that are not, with what a person would be told
 */
record CellFile(RunFile file, MappingNode tree, Map<String, String> leftOut) {
    /** @throws Failure as {@link RunFile#of} */
    static CellFile of(Path path, MappingNode map) {
        MappingNode tree = map;
        Map<String, String> leftOut = new LinkedHashMap<>();
        RunFile file = RunFile.of(path, tree);
        // Without one key another may have lost its effect.
        while (!file.idle().isEmpty()) {
            leftOut.putAll(file.idle());
            for (String key : file.idle().keySet()) tree = YamlTree.without(tree, key);
            file = RunFile.of(path, tree);
        }
        return new CellFile(file, tree, leftOut);
    }
}
