package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is left on the disk of a system's folder. */
record DiskSpace(Path folder, long freeBytes) {
    /** Kafka keeps writing while it runs; below this it would stop in the middle of a step. */
    private static final long LEAST_TO_START = 500L * 1024 * 1024;
    /** Below this a process that ended most likely ended of it. */
    private static final long FULL = 32L * 1024 * 1024;

    /** The disk as it is now; makes the folder. */
    static DiskSpace of(Path folder) {
        try {
            Files.createDirectories(folder);
            return new DiskSpace(folder, Files.getFileStore(folder).getUsableSpace());
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be used: %s".formatted(folder, e), e);
        }
    }

    /** Refuses a disk on which a system would not run for long. */
    void requireEnough() {
        if (freeBytes >= LEAST_TO_START) return;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "the disk of %s has %d MB left, and the system needs %d MB: free some space"
                        .formatted(folder, freeBytes >> 20, LEAST_TO_START >> 20));
    }

    /** The end of a process, with the full disk as its reason where the disk is full. */
    Failure explain(Failure death) {
        if (freeBytes >= FULL) return death;
        return new Failure(
                Failure.Kind.OUTSIDE,
                "the disk of %s is full, %d MB are left: free some space (%s)"
                        .formatted(folder, freeBytes >> 20, death.getMessage()),
                death);
    }
}
