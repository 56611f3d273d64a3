package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A file being read: where its keys stand, and everything that is wrong with it so far. Lines count from 1. */
final class SourceFile {
    private record Problem(int line, String text) {}

    private final Path path;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Problem> idle = new LinkedHashMap<>();

    SourceFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    void mark(String key, int line) {
        lines.putIfAbsent(key, line);
    }

    /** Notes a problem of the whole file or of one line. */
    void problem(int line, String text) {
        problems.add(new Problem(line, path + ":" + line + ": " + text));
    }

    void problem(int line, String key, String text) {
        problem(line, key + ": " + text);
    }

    /** Notes a key that can have no effect beside the others: wrong in a file that a person wrote so, not in itself. */
    void idle(int line, String key, String text) {
        idle.put(key, new Problem(line, path + ":" + line + ": " + key + ": " + text));
    }

    /** The keys that can have no effect, with what is to be said of each. */
    Map<String, String> idle() {
        Map<String, String> texts = new LinkedHashMap<>();
        idle.forEach((key, problem) -> texts.put(key, problem.text));
        return texts;
    }

    /** The dotted keys that stand in the file. */
    Set<String> keys() {
        return Set.copyOf(lines.keySet());
    }

    /** Notes lines that already name their own file, at the place that asked for that file. */
    void foreign(int line, String text) {
        problems.add(new Problem(line, text));
    }

    /** Line of a dotted key, or of the nearest section around it that the file has. */
    int lineOf(String key) {
        for (String at = key; !at.isEmpty(); at = parent(at)) {
            Integer line = lines.get(at);
            if (line != null) return line;
        }
        return 1;
    }

    /** What a problem of a dotted key reads like: {@code FILE:LINE: key: text}. */
    String at(String key, String text) {
        return path + ":" + lineOf(key) + ": " + key + ": " + text;
    }

    int problemCount() {
        return problems.size();
    }

    /**
     * Ends the reading if anything is wrong, or has no effect.
     *
     * @throws Failure CALLER with one line a problem, in the order of the file
     */
    void refuseIfWrong() {
        refuse(Stream.concat(problems.stream(), idle.values().stream()));
    }

    /** The same, whatever has no effect. */
    void refuseIfWrongBesideIdleKeys() {
        refuse(problems.stream());
    }

    private static void refuse(Stream<Problem> problems) {
        List<String> lines = problems.sorted(Comparator.comparingInt(Problem::line))
                .map(Problem::text)
                .toList();
        if (!lines.isEmpty()) throw new Failure(Failure.Kind.CALLER, String.join("\n", lines));
    }

    private static String parent(String key) {
        int dot = key.lastIndexOf('.');
        return dot < 0 ? "" : key.substring(0, dot);
    }
}
