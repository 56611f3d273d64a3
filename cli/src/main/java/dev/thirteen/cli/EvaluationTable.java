package dev.thirteen.cli;

import dev.thirteen.cli.report.Words;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The result of an evaluation as a table: a row for each policy under each decoding, with the paired test. */
public final class EvaluationTable {
    private EvaluationTable() {}

    /** The table, each line ended by a newline. */
    public static String render(Evaluation evaluation) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("policy", "decoding", "n", "correct", "accuracy", "95 %", "no answer", "won", "lost", "p"));
        for (EvaluationRow row : evaluation.getRowsList()) rows.add(cells(row));
        return TextTable.render(rows);
    }

    private static List<String> cells(EvaluationRow row) {
        boolean paired = row.hasPaired();
        return List.of(
                row.getLabel(),
                Words.decoding(row.getDecoding()),
                Integer.toString(row.getProblems()),
                Integer.toString(row.getCorrect()),
                format("%.3f", row.getAccuracy()),
                format("%.3f", row.getAccuracyLow()) + "–" + format("%.3f", row.getAccuracyHigh()),
                Integer.toString(row.getUnparsable()),
                paired ? Integer.toString(row.getPaired().getWon()) : "",
                paired ? Integer.toString(row.getPaired().getLost()) : "",
                paired ? format("%.1e", row.getPaired().getPValue()) : "");
    }

    private static String format(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }
}
