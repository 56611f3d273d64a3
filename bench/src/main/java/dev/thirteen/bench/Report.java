package dev.thirteen.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The marked sections of docs/benchmarks.md: one of the processor's measures, one of the verifier's, one of the GPU's. */
record Report(Path file) {
    /** Replaces a section, or adds it at the end. */
    void replace(String section, String text) {
        String begin = "<!-- make bench, %s: begin -->".formatted(section);
        String end = "<!-- make bench, %s: end -->".formatted(section);
        String marked = begin + "\n" + text.strip() + "\n" + end;
        try {
            String before = Files.exists(file) ? Files.readString(file) : "# Benchmarks\n";
            int from = before.indexOf(begin);
            int to = before.indexOf(end);
            String after = from >= 0 && to > from
                    ? before.substring(0, from) + marked + before.substring(to + end.length())
                    : before.stripTrailing() + "\n\n" + marked + "\n";
            Files.writeString(file, after);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    static String text(Facts facts, List<String> lines, List<String> notes) {
        StringBuilder text = new StringBuilder("## `%s`\n\n".formatted(facts.command()));
        text.append("%s. %s; %s. %s.\n\n```\n".formatted(facts.machine(), facts.engine(), facts.peers(), facts.date()));
        lines.forEach(line -> text.append(line).append('\n'));
        text.append("```\n");
        if (!notes.isEmpty()) text.append('\n');
        notes.forEach(note -> text.append("- ").append(note).append('\n'));
        return text.toString();
    }

    /** What a section says beside the lines. */
    record Facts(String command, String machine, String engine, String peers, String date) {}
}
