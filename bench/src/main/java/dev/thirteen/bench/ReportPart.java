package dev.thirteen.bench;

import dev.thirteen.bench.Report.Facts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one machine has measured: text, lines between fences, and notes as a list. A note belongs to the measure whose name
 * begins it; a note of a sitting, which begins with its date, ends with the names of what still stands of it.
 */
record ReportPart(List<String> text, List<String> lines, List<String> notes) {
    static final ReportPart EMPTY = new ReportPart(List.of(), List.of(), List.of());

    private static final String FENCE = "```";
    private static final String BULLET = "- ";
    private static final String SITTING = BULLET + "\\d{4}-\\d\\d-\\d\\d.*";

    /** Reads a part; what stands beside its first fenced lines and its list is text. */
    static ReportPart of(List<String> part) {
        List<String> text = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        boolean fenced = false;
        for (String line : part) {
            if (line.equals(FENCE)) fenced = !fenced;
            else if (fenced) lines.add(line);
            else if (line.startsWith(BULLET)) notes.add(line);
            else if (!notes.isEmpty() && line.startsWith("  ")) notes.add(notes.removeLast() + " " + line.strip());
            else text.add(line);
        }
        return new ReportPart(text, lines, notes);
    }

    /** The same with other lines and notes of the measures that ran. */
    ReportPart with(Facts facts, List<String> newLines, List<String> newNotes) {
        Set<String> ran =
                newLines.stream().flatMap(line -> measure(name(line)).stream()).collect(Collectors.toSet());
        List<String> allLines = new ArrayList<>(lines);
        allLines.removeIf(line -> of(ran, name(line)));
        allLines.addAll(newLines);
        List<String> known = Measure.all().stream().map(Measure::name).toList();
        allLines.sort(Comparator.comparingInt(
                line -> known.indexOf(measure(name(line)).orElse(""))));
        List<String> allNotes = new ArrayList<>();
        for (String note : notes) {
            if (note.matches(SITTING)) without(note, ran).ifPresent(allNotes::add);
            else if (!of(ran, note.split("[ :,]", 3)[1])) allNotes.add(note);
        }
        String names = known.stream().filter(ran::contains).collect(Collectors.joining(", "));
        allNotes.add(BULLET + facts.sitting() + ": " + names);
        newNotes.forEach(note -> allNotes.add(BULLET + note));
        return new ReportPart(text, allLines, allNotes);
    }

    /** A sitting without what was measured again since; nothing where nothing is left of it. */
    private static Optional<String> without(String sitting, Set<String> ran) {
        int names = sitting.lastIndexOf(": ") + 2;
        String left = Arrays.stream(sitting.substring(names).split(", "))
                .filter(name -> !ran.contains(name))
                .collect(Collectors.joining(", "));
        return left.isEmpty() ? Optional.empty() : Optional.of(sitting.substring(0, names) + left);
    }

    private static String name(String line) {
        String[] words = line.split(" ", 3);
        return words.length > 1 ? words[1] : "";
    }

    private static boolean of(Set<String> ran, String name) {
        return measure(name).filter(ran::contains).isPresent();
    }

    /** The measure that prints a line of this name: {@code gpu-decode-3b-hf} is of {@code gpu-decode-3b}. */
    private static Optional<String> measure(String name) {
        return Measure.all().stream()
                .map(Measure::name)
                .filter(one -> name.equals(one) || name.startsWith(one + "-"))
                .max(Comparator.comparingInt(String::length));
    }

    @Override
    public String toString() {
        String before = String.join("\n", text).strip();
        String fenced = FENCE + "\n" + String.join("\n", lines) + "\n" + FENCE;
        return (before.isEmpty() ? "" : before + "\n\n") + fenced + "\n\n" + String.join("\n", notes);
    }
}
