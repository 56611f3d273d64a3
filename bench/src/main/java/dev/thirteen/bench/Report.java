package dev.thirteen.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The marked sections of docs/benchmarks.md: one of the processor's measures, one of the verifier's, one of the GPU's. A
 * section has a part for each machine, under a heading with its name. What was not measured now keeps its lines.
 */
record Report(Path file) {
    /** Puts what was measured now into a section, which is added at the end where there is none. */
    void put(String section, Facts facts, List<String> lines, List<String> notes) {
        String begin = "<!-- make bench, %s: begin -->".formatted(section);
        String end = "<!-- make bench, %s: end -->".formatted(section);
        try {
            String before = Files.exists(file) ? Files.readString(file) : "# Benchmarks\n";
            int from = before.indexOf(begin);
            int to = before.indexOf(end);
            boolean known = from >= 0 && to > from;
            String text = known ? before.substring(from + begin.length(), to).strip() : "## `make bench`: " + section;
            String marked = begin + "\n" + merged(text, facts, lines, notes) + "\n" + end;
            String after = known
                    ? before.substring(0, from) + marked + before.substring(to + end.length())
                    : before.stripTrailing() + "\n\n" + marked + "\n";
            Files.writeString(file, after);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    private static String merged(String text, Facts facts, List<String> lines, List<String> notes) {
        String heading = "### " + facts.machine();
        List<String> old = text.lines().toList();
        int from = old.indexOf(heading);
        if (from < 0) {
            return text + "\n\n" + heading + "\n\n" + ReportPart.EMPTY.with(facts, lines, notes);
        }
        int to = from + 1;
        while (to < old.size() && !old.get(to).startsWith("### ")) to++;
        String part = ReportPart.of(old.subList(from + 1, to))
                .with(facts, lines, notes)
                .toString();
        String head = String.join("\n", old.subList(0, from + 1));
        String rest = String.join("\n", old.subList(to, old.size()));
        return (head + "\n\n" + part + "\n\n" + rest).strip();
    }

    /** What a part says beside the lines. */
    record Facts(String command, String machine, String engine, String peers, String date) {
        /** Of one sitting, before the names of what was measured in it. */
        String sitting() {
            return "%s, `%s`, %s; %s".formatted(date, command, engine, peers);
        }
    }
}
