package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;

/** A run file: the spec that it defines, the problem files to upload first, and where each key stands. */
public final class RunFile {
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
        RunFile read = parsed(file, YamlFile.map(file));
        read.source.refuseIfWrong();
        return read;
    }

    /**
     * The run file that this map is, as if it stood in the file.
     *
     * @throws Failure as {@link #read}, but not for what is {@link #idle}
     */
    static RunFile of(Path file, MappingNode map) {
        RunFile read = parsed(file, map);
        read.source.refuseIfWrongBesideIdleKeys();
        return read;
    }

    private static RunFile parsed(Path file, MappingNode map) {
        SourceFile source = new SourceFile(file);
        List<DataSetBlob> blobs = new ArrayList<>();
        RunSpec spec = new RunSections(source, blobs).read(Section.of(source, "", map));
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

    /** The keys that can have no effect because of what others are, with what is to be said of each. */
    Map<String, String> idle() {
        return source.idle();
    }

    /** The dotted keys that stand in the file. */
    Set<String> keys() {
        return source.keys();
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
}
