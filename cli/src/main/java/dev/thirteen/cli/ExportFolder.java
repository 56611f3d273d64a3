package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.ExportAdapterResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.stream.Stream;

/** A folder that appears whole or not at all: the files are written beside it, then moved. */
final class ExportFolder {
    /** What trainer-service writes into the README of a merged checkpoint. */
    private static final String MERGED = "thirteen-merged";

    /** Told of every piece. */
    @FunctionalInterface
    interface Progress {
        void show(long done, long total);
    }

    private final Path folder;
    private final boolean force;

    /**
     * Checks the target before anything is asked of a server.
     *
     * @throws Failure CALLER when it is a file, or not empty, unless force is on and it holds an earlier export
     */
    ExportFolder(Path folder, boolean force) {
        this.folder = folder.toAbsolutePath().normalize();
        this.force = force;
        if (Files.exists(this.folder) && !Files.isDirectory(this.folder)) throw refused(folder + " is a file");
        if (empty()) return;
        if (!force) throw refused(folder + " is not empty (--force replaces an earlier export)");
        if (!Files.exists(this.folder.resolve("adapter_config.json")) && !merged()) {
            throw refused(folder + " holds no adapter (no adapter_config.json): --force does not replace it");
        }
    }

    /** Whether the folder is a merged checkpoint that was exported: any other model folder looks alike but for this. */
    private boolean merged() {
        try {
            Path readme = folder.resolve("README.md");
            return Files.isRegularFile(readme) && Files.readString(readme).contains(MERGED);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Writes the streamed files and puts the folder into its place.
     *
     * @param progress is told how many bytes of how many are there
     */
    void write(Iterator<ExportAdapterResponse> pieces, Progress progress) {
        try {
            Path parent = folder.getParent();
            if (parent == null) throw refused(folder + " is no place for an export");
            Files.createDirectories(parent);
            Path part = Files.createTempDirectory(parent, ".export-");
            try {
                long done = 0;
                while (pieces.hasNext()) {
                    ExportAdapterResponse piece = pieces.next();
                    append(part, piece);
                    done += piece.getContent().size();
                    progress.show(done, piece.getTotalBytes());
                }
                place(part);
            } finally {
                Folders.delete(part);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, folder + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static void append(Path part, ExportAdapterResponse piece) throws IOException {
        Path file = part.resolve(piece.getPath()).normalize();
        if (!file.startsWith(part) || file.equals(part)) {
            throw new Failure(Failure.Kind.OUTSIDE, "the server sent a file outside of the folder: " + piece.getPath());
        }
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, piece.getContent().toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void place(Path part) throws IOException {
        // A temporary folder is private to its owner; an export is meant to be read like any other.
        part.toFile().setReadable(true, false);
        part.toFile().setExecutable(true, false);
        if (force) Folders.delete(folder);
        Files.deleteIfExists(folder);
        Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private boolean empty() {
        if (!Files.exists(folder)) return true;
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            throw refused(folder + " cannot be read: " + e.getMessage());
        }
    }

    private static Failure refused(String message) {
        return new Failure(Failure.Kind.CALLER, message);
    }
}
