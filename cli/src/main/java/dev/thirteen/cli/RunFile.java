package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/** A run file: the spec that it defines, the problem files to upload first, and where each key stands. */
public final class RunFile {
    /** The parser takes a minute for a few megabytes. */
    private static final int MOST_BYTES = 1 << 20;

    private final SourceFile source;
    private final RunSpec spec;
    private final List<DataSetBlob> blobs;

    private RunFile(SourceFile source, RunSpec spec, List<DataSetBlob> blobs) {
        this.source = source;
        this.spec = spec;
        this.blobs = List.copyOf(blobs);
    }

    /**
     * Reads a run file and the problem files that it names.
     *
     * @throws Failure CALLER with one line for each thing that is wrong: {@code FILE:LINE: key.path: what (what is allowed)}
     */
    public static RunFile read(Path file) {
        return of(file, map(file));
    }

    /** The file as a map of keys. @throws Failure CALLER when it is none */
    static MappingNode map(Path file) {
        if (compose(file) instanceof MappingNode map) return map;
        throw new Failure(Failure.Kind.CALLER, file + ":1: is no map of keys (see examples/)");
    }

    /** The run file that this map is, as if it stood in the file. @throws Failure as {@link #read} */
    static RunFile of(Path file, MappingNode map) {
        SourceFile source = new SourceFile(file);
        List<DataSetBlob> blobs = new ArrayList<>();
        RunSpec spec = new RunSections(source, blobs).read(Section.of(source, "", map));
        source.refuseIfWrong();
        return new RunFile(source, spec, blobs);
    }

    /** The same file with another spec. */
    RunFile withSpec(RunSpec other) {
        return new RunFile(source, other, blobs);
    }

    /** The spec; generator data sets by name, problem files by digest. */
    public RunSpec spec() {
        return spec;
    }

    /** Problem files that the server needs before the run is created. */
    public List<DataSetBlob> blobs() {
        return blobs;
    }

    /** What the server said of a field, with the file and line of the key that sets it. */
    public String explain(String field, String problem) {
        return source.at(key(field), problem);
    }

    /** The server names fields as the wire does; a few have shorter keys in a run file. */
    private static String key(String field) {
        return field.replace(".generator.name", ".generator")
                .replace(".generator.", ".")
                .replace(".blob-digest", ".file")
                .replace("adapter.sigma-form", "adapter.sigma")
                .replace("adapter.value-type", "adapter.values")
                .replace("group-deadline-ms", "group-deadline")
                .replace(".deadline-ms", ".deadline")
                .replace(".limit-ms", ".limit")
                .replace("base-model.folder", "base-model")
                .replace("sampling.seed", "seed");
    }

    /** The file as a tree. @throws Failure CALLER when it is no YAML */
    static @Nullable Node compose(Path file) {
        String text = text(file);
        try {
            return new Yaml(new LoaderOptions()).compose(new StringReader(text));
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
