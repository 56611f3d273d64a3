package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/** A YAML file as a tree: small enough to be walked, whatever its aliases make of it. */
final class YamlFile {
    /** The parser takes a minute for a few megabytes. */
    private static final int MOST_BYTES = 1 << 20;

    private YamlFile() {}

    /** The file as a map of keys. @throws Failure CALLER when it is none */
    static MappingNode map(Path file) {
        if (compose(file) instanceof MappingNode map) return map;
        throw new Failure(Failure.Kind.CALLER, file + ":1: is no map of keys (see examples/)");
    }

    /** The file as a tree. @throws Failure CALLER when it is no YAML, or its aliases make no tree that can be walked */
    static @Nullable Node compose(Path file) {
        String text = text(file);
        // Their number says nothing of what they name: YamlAliases counts that.
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        try {
            Node root = new Yaml(options).compose(new StringReader(text));
            if (root != null) new YamlAliases(file).check(root);
            return root;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new Failure(Failure.Kind.CALLER, file + ":" + line + ": is no YAML (" + e.getProblem() + ")", e);
        } catch (YAMLException e) {
            throw new Failure(Failure.Kind.CALLER, file + ":1: is no YAML (" + e.getMessage() + ")", e);
        }
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length <= MOST_BYTES) {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": cannot be read (" + reason(e) + ")", e);
        }
        throw new Failure(Failure.Kind.CALLER, file + ": has more than " + MOST_BYTES + " bytes: is it a data file?");
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case CharacterCodingException _ -> "it is no UTF-8 text";
            default -> String.valueOf(e.getMessage());
        };
    }
}
