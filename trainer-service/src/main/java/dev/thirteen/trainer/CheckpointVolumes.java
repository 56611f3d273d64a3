package dev.thirteen.trainer;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.RunName;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Volumes that hold what is too large for Kafka: folders of one folder, in which files lie by digest. A file has its name once
 * all of it is on the disk, and before a record names it. Shared by threads.
 */
@Singleton
final class CheckpointVolumes {
    private static final Logger LOG = Logger.getLogger(CheckpointVolumes.class);

    private static final String PART = ".part";
    private static final int BUFFER_BYTES = 1 << 20;
    /** Without a change: a file of which something is written is younger. */
    private static final Duration MOST_WRITING = Duration.ofHours(1);

    private final Optional<Path> root;

    @Inject
    CheckpointVolumes(TrainerConfig config) {
        this(config.checkpointRoot().map(Path::of));
    }

    CheckpointVolumes(Optional<Path> root) {
        this.root = root;
    }

    /** Why a run cannot have its state on a volume of that name; empty when it can. */
    Optional<String> problem(String volume) {
        if (root.isEmpty()) {
            return Optional.of(
                    "must not be set: this trainer has no checkpoint volumes (thirteen.trainer.checkpoint-root)");
        }
        if (!RunName.fitsTenant(volume)) return Optional.of(RunName.RULE);
        Path folder = root.get().resolve(volume);
        if (Files.isDirectory(folder) && Files.isWritable(folder)) return Optional.empty();
        return Optional.of("must name a folder of %s that the trainer may write to".formatted(root.get()));
    }

    /** The file of a digest, on whichever volume it lies. @throws Failure OUTSIDE when the volumes cannot be listed */
    Optional<Path> find(String digest) {
        if (root.isEmpty() || !Files.isDirectory(root.get())) return Optional.empty();
        String name = name(digest);
        try (Stream<Path> volumes = Files.list(root.get())) {
            return volumes.map(volume -> volume.resolve(name))
                    .filter(Files::isRegularFile)
                    .findFirst();
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "the folder of checkpoint volumes cannot be listed: " + e.getMessage(), e);
        }
    }

    /** Keeps a file. When this returns it is on the disk. @throws Failure OUTSIDE when the volume does not take it */
    StateBlobs.Written write(String volume, StateBlobs.Content content) {
        MessageDigest digest = Digests.start();
        return keep(volume, out -> content.to(new DigestOutputStream(out, digest)), () -> Digests.text(digest));
    }

    /** The same, of bytes whose digest the caller has computed. */
    void write(String volume, String digest, byte[] content) {
        keep(volume, out -> out.write(content), () -> digest);
    }

    /** @param digest of what was written, once it is */
    private StateBlobs.Written keep(String volume, StateBlobs.Content content, Supplier<String> digest) {
        Optional<String> problem = problem(volume);
        if (problem.isPresent()) throw failed(volume, problem.get(), null);
        Path folder = root.orElseThrow().resolve(volume);
        Path part = folder.resolve(UUID.randomUUID() + PART);
        try {
            removeOldParts(folder);
            toDisk(part, content);
            String known = digest.get();
            boolean added = find(known).isEmpty();
            if (added) named(part, folder.resolve(name(known)));
            else Files.delete(part);
            return new StateBlobs.Written(known, added);
        } catch (IOException e) {
            // On a volume that is full, above all.
            remove(part);
            throw failed(volume, e.getMessage(), e);
        }
    }

    private static void toDisk(Path part, StateBlobs.Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
            content.to(out);
            out.flush();
            channel.force(true);
        }
    }

    private static void named(Path part, Path file) throws IOException {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        // The name as well: a machine may lose its power.
        try (FileChannel names = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /** What killed trainers left: nobody writes at one file for so long. */
    private static void removeOldParts(Path folder) throws IOException {
        long old = Instant.now().minus(MOST_WRITING).toEpochMilli();
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
            for (Path part : parts) {
                // 0 of one that another thread has given its name meanwhile: then nothing is there to be removed.
                if (part.toFile().lastModified() < old) remove(part);
            }
        }
    }

    /** Removes the file of a digest, if it is there and can be removed: what stays takes room and does no harm. */
    void delete(String digest) {
        find(digest).ifPresent(CheckpointVolumes::remove);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warnf("%s is of no use any more and cannot be removed: %s", file, e.getMessage());
        }
    }

    /** Where else a file was looked for, for messages; empty without volumes. */
    String elsewhere() {
        return root.map(folder -> ", and none on the checkpoint volumes of " + folder)
                .orElse("");
    }

    private static String name(String digest) {
        return Digests.require("digest", digest).replace(':', '-');
    }

    private static Failure failed(String volume, @Nullable String why, @Nullable Throwable cause) {
        return new Failure(
                Failure.Kind.OUTSIDE,
                "checkpoint volume '" + volume + "' does not take a file: " + why,
                cause,
                List.of());
    }
}
