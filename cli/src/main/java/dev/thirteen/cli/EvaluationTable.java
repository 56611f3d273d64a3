package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.policy.v1.Sampling;
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
                decoding(row.getDecoding()),
                Integer.toString(row.getProblems()),
                Integer.toString(row.getCorrect()),
                format("%.3f", row.getAccuracy()),
                format("%.3f", row.getAccuracyLow()) + "–" + format("%.3f", row.getAccuracyHigh()),
                Integer.toString(row.getUnparsable()),
                paired ? Integer.toString(row.getPaired().getWon()) : "",
                paired ? Integer.toString(row.getPaired().getLost()) : "",
                paired ? format("%.1e", row.getPaired().getPValue()) : "");
    }

    /** How tokens were drawn, in a word or two: {@code greedy}, {@code T=1 top-p 0.9}. */
    static String decoding(Sampling sampling) {
        if (sampling.getTemperature() == 0) return "greedy";
        String text = "T=" + format("%.3g", sampling.getTemperature()).replaceAll("\\.?0+$", "");
        if (sampling.getTopP() > 0 && sampling.getTopP() < 1) text += " top-p " + sampling.getTopP();
        return sampling.getTopK() > 0 ? text + " top-k " + sampling.getTopK() : text;
    }

    private static String format(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }
}
