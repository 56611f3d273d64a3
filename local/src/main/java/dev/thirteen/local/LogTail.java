package dev.thirteen.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The last lines that one process wrote into its log. */
record LogTail(List<String> lines) {
    private static final int MAX_BYTES = 64 * 1024;
    /** The last word of a JVM whose memory is used up. */
    private static final Pattern TERMINATED = Pattern.compile("^Terminating due to ");

    private static final Pattern FATAL = Pattern.compile("\\bFATAL\\b");
    private static final Pattern ERROR = Pattern.compile("\\b(ERROR|SEVERE)\\b");
    private static final Pattern THROWN = Pattern.compile("(Exception|Error): ");

    LogTail {
        lines = List.copyOf(lines);
    }

    /** Reads the end of a log, nothing before {@code start}, where an earlier process stopped writing. */
    static LogTail read(Path log, long start) {
        if (Files.notExists(log)) return new LogTail(List.of());
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long whole = Math.min(start, file.length());
            long from = Math.max(whole, file.length() - MAX_BYTES);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            List<String> lines =
                    new String(bytes, StandardCharsets.UTF_8).lines().toList();
            // A line that was cut in its middle says nothing.
            return new LogTail(from > whole ? lines.subList(1, lines.size()) : lines);
        } catch (IOException e) {
            // It says why something else went wrong: that must be told, with or without it.
            return new LogTail(List.of("(the log cannot be read: " + e.getMessage() + ")"));
        }
    }

    /**
     * The line that says best why the process ended. The first of a kind is the cause, and what follows it are
     * consequences; the causes under a stack trace name classes, where the line above it names the problem.
     */
    Optional<String> complaint() {
        return first(TERMINATED.asPredicate())
                .or(() -> first(FATAL.asPredicate()))
                .or(() -> first(ERROR.asPredicate()))
                .or(() -> first(THROWN.asPredicate()));
    }

    private Optional<String> first(Predicate<String> telling) {
        return lines.stream()
                .filter(line -> !line.startsWith("Caused by") && !line.startsWith("\tat "))
                .filter(telling)
                .map(String::strip)
                .findFirst();
    }
}
