package dev.thirteen.cli;

import java.util.Locale;
import java.util.function.Consumer;

/** Tells how far a long transfer is: about ten lines, none for a short one. Used by one thread at a time. */
final class ByteNotes {
    /** Less than this takes no time worth a line. */
    private static final long BIG_BYTES = 4L * 1024 * 1024;

    private final Consumer<String> notes;
    private final String what;
    private long next = BIG_BYTES;

    /** @param what is being done, to what, for example "uploading problems.jsonl" */
    ByteNotes(Consumer<String> notes, String what) {
        this.notes = notes;
        this.what = what;
    }

    /** So many bytes of so many are done. */
    void show(long done, long total) {
        if (total < BIG_BYTES || (done < next && done < total)) return;
        next = done + Math.max(BIG_BYTES, total / 10);
        notes.accept(String.format(Locale.ROOT, "%s: %.1f of %.1f MB", what, done / 1e6, total / 1e6));
    }
}
