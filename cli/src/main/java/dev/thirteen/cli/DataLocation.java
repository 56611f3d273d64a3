package dev.thirteen.cli;

import dev.thirteen.cli.data.HubFolder;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which files a data set is. */
final class DataLocation {
    @Option(
            names = "--data-folder",
            paramLabel = "DIR",
            description = "Where the files of benchmarks lie. Default: $THIRTEEN_DATA, else data/ and ../shared/data/"
                    + " as seen from the project.")
    private @Nullable Path dataFolder;

    @Option(
            names = "--config",
            paramLabel = "NAME",
            defaultValue = "",
            description = "Configuration of a Hugging Face folder. Default: the only one, or its default.")
    private String configuration = "";

    @Option(
            names = "--split",
            paramLabel = "NAME",
            defaultValue = "",
            description = "Split of a Hugging Face folder; of other data what the data is for: dev or test.")
    private String split = "";

    String split() {
        return split;
    }

    /** The files of a file or folder of one's own. */
    List<Path> files(Path named) {
        return Files.isDirectory(named) ? HubFolder.files(named, configuration, split) : List.of(named);
    }

    /** The file or folder of a benchmark: beside its YAML, or in the folders of data; empty when it is in none. */
    Optional<Path> find(Session session, Path yaml, String name) {
        return folders(session, yaml).stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::exists)
                .findFirst();
    }

    /** The folders in which a benchmark's file is looked for. */
    List<Path> folders(Session session, Path yaml) {
        List<Path> folders = new ArrayList<>();
        if (dataFolder != null) {
            if (!Files.isDirectory(dataFolder)) {
                throw new Failure(Failure.Kind.CALLER, "--data-folder " + dataFolder + ": there is no such folder");
            }
            folders.add(dataFolder);
        }
        folders.add(yaml.toAbsolutePath().getParent());
        session.dataFolder().ifPresent(folders::add);
        folders.add(session.home().resolve("data"));
        folders.add(session.home().resolve("../shared/data").normalize());
        return folders;
    }
}
