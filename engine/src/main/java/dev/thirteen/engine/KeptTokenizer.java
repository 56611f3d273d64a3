package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of the folder that was used last, kept open while its files stay as they are: a large one takes a quarter of a
 * second to open, and what is checked against it, such as a run before it is created, comes by the thousand.
 */
public final class KeptTokenizer implements AutoCloseable {
    /** When the files last changed; the epoch for what is not there. */
    private record Stamp(Path folder, List<FileTime> changed) {}

    private @Nullable Stamp stamp;
    private Tokenizer.@Nullable Opened tokenizer;

    /**
     * One caller at a time.
     *
     * @throws Failure CALLER naming the file of the folder that is missing or wrong, and what the work throws
     */
    public synchronized void use(Path folder, Consumer<Tokenizer> work) {
        Stamp now = stamp(folder);
        Tokenizer.Opened kept = tokenizer;
        if (kept == null || !now.equals(stamp)) {
            close();
            kept = Tokenizer.open(folder);
            tokenizer = kept;
            stamp = now;
        }
        work.accept(kept);
    }

    private static Stamp stamp(Path folder) {
        List<FileTime> changed = new ArrayList<>();
        for (String name : HfTokenizer.FILES) {
            Path file = folder.resolve(name);
            try {
                changed.add(Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0));
            } catch (IOException e) {
                throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be read: " + e.getMessage(), e);
            }
        }
        return new Stamp(folder, List.copyOf(changed));
    }

    @Override
    public synchronized void close() {
        if (tokenizer != null) tokenizer.close();
        tokenizer = null;
        stamp = null;
    }
}
