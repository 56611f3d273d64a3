package dev.thirteen.cli.report;

import dev.thirteen.proto.evaluation.v1.Estimate;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.evaluation.v1.ProbeRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The page for people: one file that needs no other and no network. */
final class Page {
    private static final int MOST_IN_TITLE = 2;

    private Page() {}

    static String of(List<Evaluation> evaluations, List<List<String>> sizes, PageData data) {
        StringBuilder tables = new StringBuilder();
        evaluations.forEach(evaluation -> section(tables, evaluation));
        if (!sizes.isEmpty()) {
            tables.append("<h2>Size</h2>");
            table(tables, sizes);
        }
        // A closing tag inside the data would end the script.
        String json = data.json().toString().replace("<", "\\u003c");
        List<String> titles = evaluations.stream().map(Words::title).distinct().toList();
        String title = titles.size() > MOST_IN_TITLE ? titles.size() + " evaluations" : String.join("; ", titles);
        return template()
                .replace("{{title}}", escaped(title))
                .replace("{{tables}}", tables)
                .replace("{{data}}", json);
    }

    private static void section(StringBuilder html, Evaluation evaluation) {
        html.append("<section><h2>").append(escaped(Words.title(evaluation))).append("</h2><p class=\"what\">");
        html.append(escaped(what(evaluation))).append("</p>");
        if (evaluation.getSpec().hasProbe()) {
            probes(html, evaluation);
        } else {
            rows(html, evaluation);
            estimates(html, evaluation);
        }
        if (evaluation.getSpec().hasFollow()) {
            for (int i = 0; i < evaluation.getSpec().getDecodingsCount(); i++) {
                html.append("<h3>")
                        .append(escaped(Curve.title(evaluation, i)))
                        .append("</h3>")
                        .append(Curve.svg(evaluation, i));
            }
        }
        html.append("</section>");
    }

    private static String what(Evaluation evaluation) {
        var spec = evaluation.getSpec();
        int earlier = evaluation.getEarlierUses();
        String uses = earlier == 0
                ? "this data was not evaluated before here"
                : "this data was evaluated " + earlier + (earlier == 1 ? " time" : " times") + " before here";
        return "evaluation " + evaluation.getId() + "; base "
                + spec.getBaseModel().getFolder() + "; scorer "
                + spec.getReward().getScorer() + ", extraction "
                + spec.getReward().getExtraction() + "; "
                + evaluation.getAnswersDone() + " answers; " + uses;
    }

    private static void rows(StringBuilder html, Evaluation evaluation) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "policy",
                "decoding",
                "answers",
                "accuracy",
                "95 %",
                "flexible",
                "difference",
                "95 %",
                "won",
                "lost",
                "p",
                "cut",
                "unparsable",
                "silent",
                "timed out",
                "tokens"));
        for (EvaluationRow row : evaluation.getRowsList()) table.add(cells(row));
        table(html, table);
        html.append("<p class=\"note\">Difference, won, lost and p are against the base under the common prompt and the"
                + " same decoding: paired bootstrap over problems, exact McNemar test.</p>");
    }

    private static List<String> cells(EvaluationRow row) {
        PairedTest paired = row.getPaired();
        boolean against = row.hasPaired();
        return List.of(
                row.getLabel(),
                Words.decoding(row.getDecoding()),
                Integer.toString(row.getAnswers()),
                Words.format("%.3f", row.getAccuracy()),
                range(row.getAccuracyLow(), row.getAccuracyHigh()),
                Words.format("%.3f", row.getFlexibleAccuracy()),
                against ? Words.format("%+.3f", paired.getDifference()) : "",
                against ? range(paired.getLow(), paired.getHigh()) : "",
                against ? Integer.toString(paired.getWon()) : "",
                against ? Integer.toString(paired.getLost()) : "",
                against ? Words.format("%.2g", paired.getPValue()) : "",
                Integer.toString(row.getTruncated()),
                Integer.toString(row.getUnparsable()),
                Integer.toString(row.getNoAnswer()),
                Integer.toString(row.getTimedOut()),
                Words.format("%.0f", row.getMeanTokens()));
    }

    private static void estimates(StringBuilder html, Evaluation evaluation) {
        List<EvaluationRow> rows = evaluation.getRowsList().stream()
                .filter(row -> row.getEstimatesCount() > 0)
                .toList();
        if (rows.isEmpty()) return;
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("policy", "decoding"));
        rows.getFirst().getEstimatesList().forEach(estimate -> head.add(estimate.getName()));
        table.add(head);
        for (EvaluationRow row : rows) {
            List<String> cells = new ArrayList<>(List.of(row.getLabel(), Words.decoding(row.getDecoding())));
            for (Estimate estimate : row.getEstimatesList()) {
                cells.add(Words.format("%.3f", estimate.getValue()) + " ±" + Words.format("%.3f", estimate.getError()));
            }
            table.add(cells);
        }
        table(html, table);
    }

    private static void probes(StringBuilder html, Evaluation evaluation) {
        evaluation
                .getProbeVerdictsList()
                .forEach(verdict -> html.append("<p class=\"verdict\"><b>")
                        .append(escaped(verdict.getLabel()))
                        .append(":</b> ")
                        .append(escaped(verdict.getText()))
                        .append("</p>"));
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("policy", "question", "shown", "problems", "asked", "hits", "ROUGE-L"));
        for (ProbeRow row : evaluation.getProbesList()) {
            table.add(List.of(
                    row.getLabel(),
                    row.getKind(),
                    Words.format("%.0f %%", 100 * row.getShare()),
                    row.getControl() ? "generated" : "benchmark",
                    Integer.toString(row.getProblems()),
                    Integer.toString(row.getHits()),
                    row.getRougeL() == 0 ? "" : Words.format("%.3f", row.getRougeL())));
        }
        table(html, table);
    }

    private static String range(double low, double high) {
        return Words.format("%.3f", low) + " – " + Words.format("%.3f", high);
    }

    private static void table(StringBuilder html, List<List<String>> rows) {
        html.append("<div class=\"wide\"><table><thead><tr>");
        rows.getFirst()
                .forEach(cell -> html.append("<th>").append(escaped(cell)).append("</th>"));
        html.append("</tr></thead><tbody>");
        for (List<String> row : rows.subList(1, rows.size())) {
            html.append("<tr>");
            row.forEach(cell -> html.append("<td>").append(escaped(cell)).append("</td>"));
            html.append("</tr>");
        }
        html.append("</tbody></table></div>");
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String template() {
        try (InputStream page = Objects.requireNonNull(Page.class.getResourceAsStream("page.html"), "page.html")) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
