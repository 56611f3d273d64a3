package dev.thirteen.cli.sweep;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Summaries as rows of text, the head first. */
public final class SummaryTable {
    private SummaryTable() {}

    /** Of one grid: the keys that differ in it, sizes and what was found. */
    public static List<List<String>> of(List<Summary> summaries) {
        Set<String> keys = differing(summaries);
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(keys);
        head.addAll(List.of(
                "numbers",
                "freedom",
                "bytes",
                "runs",
                "accuracy",
                "±",
                "least",
                "most",
                "base",
                "difference",
                "tokens"));
        table.add(head);
        for (Summary summary : summaries) {
            List<String> row = new ArrayList<>();
            keys.forEach(key -> row.add(summary.keys().get(key)));
            row.addAll(figures(summary));
            table.add(row);
        }
        return table;
    }

    private static Set<String> differing(List<Summary> summaries) {
        Set<String> keys = new LinkedHashSet<>();
        for (Summary summary : summaries) {
            summary.keys().forEach((key, value) -> {
                if (!value.equals(summaries.getFirst().keys().get(key))) keys.add(key);
            });
        }
        return keys;
    }

    private static List<String> figures(Summary summary) {
        SweepRow.Size size = summary.rows().getFirst().size();
        Summary.Spread accuracy = summary.accuracy();
        String runs = accuracy.count()
                + (accuracy.count() == summary.rows().size()
                        ? ""
                        : " of " + summary.rows().size());
        return List.of(
                Integer.toString(size.numbers()),
                size.freedom() == 0 ? "" : Long.toString(size.freedom()),
                Integer.toString(size.bytes()),
                runs,
                share(accuracy.mean()),
                accuracy.count() < 2 ? "" : share(accuracy.deviation()),
                share(accuracy.least()),
                share(accuracy.most()),
                share(summary.mean(SweepRow.Found::base)),
                signed(summary.mean(found -> found.difference().mean())),
                text("%.1f", summary.mean(SweepRow.Found::meanTokens)));
    }

    private static String share(double value) {
        return text("%.3f", value);
    }

    private static String signed(double value) {
        return text("%+.3f", value);
    }

    private static String text(String form, double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, form, value);
    }
}
