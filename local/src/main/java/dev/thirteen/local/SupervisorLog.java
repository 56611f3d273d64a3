package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a supervisor tells, in the lines of its log: a time and a sentence each. Other lines are not its own. */
final class SupervisorLog {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final Pattern LINE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d (.*)");

    private final Path file;
    private long read;

    /** Reads what is written from now on. */
    SupervisorLog(Path file) {
        this.file = file;
        this.read = length(file);
    }

    /** The log of the system in a folder. */
    static Path in(Path state) {
        return state.resolve("logs").resolve("supervisor.log");
    }

    /** A line of the log. */
    static String line(LocalDateTime time, String sentence) {
        return time.truncatedTo(ChronoUnit.SECONDS).format(TIME) + " " + sentence.replace('\n', ' ');
    }

    /** The sentences of whole lines since the last call. */
    List<String> next() {
        byte[] added = added();
        int whole = added.length;
        while (whole > 0 && added[whole - 1] != '\n') whole--;
        read += whole;
        return new String(added, 0, whole, StandardCharsets.UTF_8)
                .lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> line.group(1))
                .toList();
    }

    private byte[] added() {
        if (length(file) <= read) return new byte[0];
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[(int) (open.length() - read)];
            open.seek(read);
            open.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static long length(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Failure unreadable(Path file, IOException e) {
        return new Failure(Failure.Kind.OUTSIDE, "%s cannot be read: %s".formatted(file, e), e);
    }
}
