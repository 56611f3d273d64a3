package dev.thirteen.core.evaluation;

import dev.thirteen.core.statistics.ClusteredMean;
import dev.thirteen.core.statistics.Wilson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the probes found.
 *
 * @param verdict in words, with its numbers
 */
public record ProbeReport(List<Row> rows, String verdict) {
    /** Completions word for word of more problems than this are no chance, however the control does. */
    private static final double STRONG = 0.1;

    /**
     * Completions that are on average more like the benchmark's text than this, by ROUGE-L, are no chance: continuations of
     * texts that a model has not seen share a fifth to a third with them, mostly in their common words.
     */
    private static final double LIKE = 0.5;
    /** Fewer completions say nothing of a mean. */
    private static final int FEWEST = 10;

    private static final double NORMAL_95 = 1.96;

    /**
     * One kind of question at one share.
     *
     * @param hits COMPLETION: word for word; else answers equal to the original one
     * @param likeness mean ROUGE-L of completions; 0 for other kinds
     */
    public record Row(
            ProbeItem.Kind kind,
            double share,
            boolean control,
            int problems,
            int hits,
            double likeness,
            double likenessError) {
        Wilson interval() {
            return Wilson.of(hits, problems);
        }

        double likenessLow() {
            return likeness - NORMAL_95 * likenessError;
        }

        double likenessHigh() {
            return likeness + NORMAL_95 * likenessError;
        }

        double rate() {
            return problems == 0 ? 0 : hits / (double) problems;
        }
    }

    /**
     * One answered question.
     *
     * @param hit as in {@link Row}
     * @param likeness ROUGE-L for COMPLETION
     */
    public record Answered(ProbeItem item, boolean hit, double likeness) {}

    /** The report over what was answered. */
    public static ProbeReport of(List<Answered> answers) {
        List<Row> rows = new ArrayList<>();
        for (boolean control : new boolean[] {false, true}) {
            for (ProbeItem.Kind kind : ProbeItem.Kind.values()) {
                answers.stream()
                        .map(Answered::item)
                        .filter(item -> item.kind() == kind && item.control() == control)
                        .map(ProbeItem::share)
                        .distinct()
                        .sorted()
                        .forEach(share -> rows.add(row(answers, kind, share, control)));
            }
        }
        return new ProbeReport(rows, verdict(rows));
    }

    private static Row row(List<Answered> answers, ProbeItem.Kind kind, double share, boolean control) {
        List<Answered> own = answers.stream()
                .filter(a -> a.item().kind() == kind
                        && a.item().share() == share
                        && a.item().control() == control)
                .toList();
        ClusteredMean likeness = ClusteredMean.ofScores(
                own.stream().mapToDouble(Answered::likeness).toArray());
        int hits = (int) own.stream().filter(Answered::hit).count();
        return new Row(kind, share, control, own.size(), hits, likeness.mean(), likeness.standardError());
    }

    private static String verdict(List<Row> rows) {
        List<Row> signs = rows.stream()
                .filter(row -> !row.control() && row.kind() != ProbeItem.Kind.FULL)
                .filter(row -> above(row, control(rows, row)) || like(row, control(rows, row)))
                .sorted(Comparator.comparing(Row::kind))
                .toList();
        boolean strong = signs.stream()
                .anyMatch(row -> row.kind() == ProbeItem.Kind.COMPLETION
                        && row.interval().low() > STRONG);
        List<String> sentences = new ArrayList<>();
        if (signs.isEmpty()) {
            sentences.add("No sign of contamination: nothing of these is more frequent than for generated problems"
                    + (rows.stream().anyMatch(row -> row.kind() == ProbeItem.Kind.COMPLETION)
                            ? String.format(Locale.ROOT, ", and no mean ROUGE-L is surely above %.1f.", LIKE)
                            : "."));
        } else {
            sentences.add(strong ? "Strong signs of contamination." : "Some signs of contamination.");
        }
        List<Row> told = signs.isEmpty()
                ? rows.stream()
                        .filter(row -> !row.control() && row.kind() != ProbeItem.Kind.FULL)
                        .toList()
                : signs;
        for (Row row : told) sentences.add(sentence(row, control(rows, row)));
        boolean parts = rows.stream().anyMatch(row -> !row.control() && row.share() < 1);
        if (!parts) sentences.add("No problem was long enough to be shown in part.");
        return String.join(" ", sentences);
    }

    /** Whether the intervals do not even touch. */
    private static boolean above(Row row, Optional<Row> control) {
        double bound = control.map(other -> other.interval().high()).orElse(0.0);
        return row.problems() > 0 && row.hits() > 0 && row.interval().low() > bound;
    }

    /** Whether completions resemble the text by more than {@link #LIKE}, and by more than those of generated problems. */
    private static boolean like(Row row, Optional<Row> control) {
        if (row.kind() != ProbeItem.Kind.COMPLETION || row.problems() < FEWEST) return false;
        double bound =
                control.map(Row::likenessHigh).filter(high -> high > LIKE).orElse(LIKE);
        return row.likenessLow() > bound;
    }

    private static Optional<Row> control(List<Row> rows, Row row) {
        return rows.stream()
                .filter(other -> other.control() && other.kind() == row.kind() && other.share() == row.share())
                .findFirst();
    }

    private static String sentence(Row row, Optional<Row> control) {
        String does = switch (row.kind()) {
            case COMPLETION -> "completes word for word from the first " + percent(row.share());
            case PARTIAL -> "gives the right answer from the first " + percent(row.share());
            case CHANGED_NUMBERS -> "gives the original's answer although the numbers were changed";
            case FULL -> "answers right";
        };
        return "It " + does + " " + rate(row) + likeness(row)
                + control.map(other -> "; of generated problems " + rate(other) + likeness(other))
                        .orElse("") + ".";
    }

    private static String likeness(Row row) {
        return row.kind() == ProbeItem.Kind.COMPLETION
                ? String.format(Locale.ROOT, ", ROUGE-L %.2f ± %.2f", row.likeness(), row.likenessError())
                : "";
    }

    private static String rate(Row row) {
        return String.format(
                Locale.ROOT,
                "%d of %d (95 %%: %.1f–%.1f %%)",
                row.hits(),
                row.problems(),
                100 * row.interval().low(),
                100 * row.interval().high());
    }

    private static String percent(double share) {
        return Math.round(100 * share) + " %";
    }
}
