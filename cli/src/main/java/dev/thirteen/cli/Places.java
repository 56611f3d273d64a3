package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where names in a run file or on the command line lead to. */
final class Places {
    private Places() {}

    /**
     * The path beside the file that names it if something is there, else as seen from the working directory.
     *
     * @throws Failure CALLER where the name can be no path
     */
    static Path resolve(Path namedIn, String name) {
        try {
            Path beside = namedIn.toAbsolutePath().resolveSibling(name).normalize();
            return Files.exists(beside) ? beside : Path.of(name);
        } catch (InvalidPathException e) {
            throw new Failure(Failure.Kind.CALLER, "can be no path (" + e.getReason() + ")", e);
        }
    }

    /** Absolute path of a model folder that is here; any other name is the server's to find. */
    static String modelFolder(Path namedIn, String name) {
        Path folder = resolve(namedIn, name);
        return Files.isDirectory(folder) ? folder.toAbsolutePath().normalize().toString() : name;
    }

    /** The same for a folder named on the command line. */
    static String modelFolder(String name) {
        return modelFolder(Path.of("").toAbsolutePath().resolve("command line"), name);
    }
}
