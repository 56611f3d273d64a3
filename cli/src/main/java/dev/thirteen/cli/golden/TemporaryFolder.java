package dev.thirteen.cli.golden;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/** A folder that is gone when its work is done. */
record TemporaryFolder(Path path) {
    static <T> T with(Function<TemporaryFolder, T> work) {
        TemporaryFolder folder = new TemporaryFolder(make());
        try {
            return work.apply(folder);
        } finally {
            folder.delete();
        }
    }

    private static Path make() {
        try {
            return Files.createTempDirectory("thirteen-golden");
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "no temporary folder: " + e.getMessage(), e);
        }
    }

    void write(Map<String, byte[]> files) {
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(path.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, path + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void delete() {
        for (Path file : GoldenFolder.list(path)) delete(file);
        delete(path);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be deleted: " + e.getMessage(), e);
        }
    }
}
