package dev.thirteen.cli;

import dev.thirteen.cli.report.Curve;
import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.cli.report.Words;
import dev.thirteen.core.statistics.Holm;
import dev.thirteen.proto.evaluation.v1.Estimate;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.evaluation.v1.ProbeRow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What evaluations found, as text: each with its tables, and the correction over all of them. */
final class EvaluationText {
    private static final long NANOS = 1_000_000_000L;
    /** A line of the list names no more policies than these: a sweep's evaluations have dozens. */
    private static final int MOST_NAMED = 2;

    private EvaluationText() {}

    /**
     * Prints evaluations: as JSON, an object a line, where asked for, else as text, with what others of their data tried; and
     * writes their report, where a folder is given.
     */
    static void print(Session session, Services services, List<Evaluation> evaluations, @Nullable Path report) {
        if (session.json()) evaluations.forEach(session.output()::json);
        if (session.json() && report == null) return;
        List<List<String>> sizes = EvaluatedAdapters.sizes(services, evaluations);
        if (!session.json()) text(session, services, evaluations, sizes);
        if (report == null) return;
        ReportFolder.write(report, evaluations, sizes, id -> AnswerStream.of(services, id));
        session.output().note("wrote " + report.resolve(ReportFolder.PAGE));
    }

    private static void text(
            Session session, Services services, List<Evaluation> evaluations, List<List<String>> sizes) {
        List<Evaluation> all = services.evaluation()
                .listEvaluations(ListEvaluationsRequest.getDefaultInstance())
                .getEvaluationsList();
        for (Evaluation evaluation : evaluations) {
            session.output().text(of(evaluation) + TriedPrompts.of(evaluation, all));
        }
        if (!sizes.isEmpty()) session.output().text("\n" + TextTable.render(sizes));
        session.output().text(holm(evaluations));
    }

    /** One evaluation. */
    static String of(Evaluation evaluation) {
        StringBuilder text = new StringBuilder(title(evaluation)).append("\n\n");
        if (evaluation.getSpec().hasProbe())
            return text.append(probes(evaluation)).toString();
        text.append(EvaluationTable.render(evaluation)).append('\n').append(rates(evaluation));
        text.append(estimates(evaluation)).append(bestPrompts(evaluation));
        return text.append(curve(evaluation)).toString();
    }

    private static String title(Evaluation evaluation) {
        String text = "evaluation " + evaluation.getId() + ": " + Words.title(evaluation);
        if (!evaluation.getReason().isEmpty()) text += "\n" + phase(evaluation) + ": " + evaluation.getReason();
        int uses = evaluation.getEarlierUses();
        if (uses > 0) text += "\nthis data was evaluated " + uses + (uses == 1 ? " time" : " times") + " before here";
        return text;
    }

    private static String rates(Evaluation evaluation) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "policy",
                "decoding",
                "answers",
                "strict",
                "±",
                "flexible",
                "cut",
                "unparsable",
                "silent",
                "timed out",
                "tokens",
                "difference",
                "95 %"));
        for (EvaluationRow row : evaluation.getRowsList()) {
            PairedTest paired = row.getPaired();
            table.add(List.of(
                    row.getLabel(),
                    Words.decoding(row.getDecoding()),
                    Integer.toString(row.getAnswers()),
                    number(row.getAccuracy()),
                    number(row.getStandardError()),
                    number(row.getFlexibleAccuracy()),
                    Integer.toString(row.getTruncated()),
                    Integer.toString(row.getUnparsable()),
                    Integer.toString(row.getNoAnswer()),
                    Integer.toString(row.getTimedOut()),
                    Words.format("%.1f", row.getMeanTokens()),
                    row.hasPaired() ? Words.format("%+.3f", paired.getDifference()) : "",
                    row.hasPaired() ? range(paired) : ""));
        }
        return TextTable.render(table);
    }

    private static String range(PairedTest paired) {
        return Words.format("%+.3f", paired.getLow()) + "–" + Words.format("%+.3f", paired.getHigh());
    }

    private static String estimates(Evaluation evaluation) {
        List<EvaluationRow> rows = evaluation.getRowsList().stream()
                .filter(row -> row.getEstimatesCount() > 0)
                .toList();
        if (rows.isEmpty()) return "";
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("estimate"));
        rows.forEach(row -> head.add(row.getLabel() + ", " + Words.decoding(row.getDecoding())));
        table.add(head);
        for (int i = 0; i < rows.getFirst().getEstimatesCount(); i++) {
            List<String> cells =
                    new ArrayList<>(List.of(rows.getFirst().getEstimates(i).getName()));
            for (EvaluationRow row : rows) {
                Estimate estimate = row.getEstimates(i);
                cells.add(number(estimate.getValue()) + " ±" + number(estimate.getError()));
            }
            table.add(cells);
        }
        return "\n" + TextTable.render(table);
    }

    /** A prompt's gain must not be taken for an adapter's. */
    private static String bestPrompts(Evaluation evaluation) {
        StringBuilder text = new StringBuilder();
        for (EvaluationRow row : evaluation.getRowsList()) {
            if (!row.hasPairedBest()) continue;
            PairedTest paired = row.getPairedBest();
            text.append(text.isEmpty() ? "\n" : "")
                    .append(row.getLabel())
                    .append(" (")
                    .append(Words.decoding(row.getDecoding()))
                    .append(") against the base's best prompt, '")
                    .append(paired.getAgainst())
                    .append("': ")
                    .append(Words.format("%+.3f", paired.getDifference()))
                    .append(", 95 % ")
                    .append(range(paired))
                    .append(Words.format(", p = %.2g%n", paired.getPValue()));
        }
        return text.toString();
    }

    private static String curve(Evaluation evaluation) {
        if (!evaluation.getSpec().hasFollow()) return "";
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("step", "decoding", "accuracy", "95 %", "against the base", "p"));
        for (int i = 0; i < evaluation.getSpec().getDecodingsCount(); i++) {
            for (Curve.Point point : Curve.points(evaluation, i)) {
                EvaluationRow row = point.row();
                table.add(List.of(
                        Long.toString(point.step()),
                        Words.decoding(row.getDecoding()),
                        number(row.getAccuracy()),
                        number(row.getAccuracyLow()) + "–" + number(row.getAccuracyHigh()),
                        row.hasPaired() ? Words.format("%+.3f", row.getPaired().getDifference()) : "",
                        row.hasPaired() ? Words.format("%.1e", row.getPaired().getPValue()) : ""));
            }
        }
        return "\n" + TextTable.render(table);
    }

    private static String probes(Evaluation evaluation) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("policy", "question", "shown", "problems", "asked", "hits", "rate", "ROUGE-L"));
        for (ProbeRow row : evaluation.getProbesList()) {
            table.add(List.of(
                    row.getLabel(),
                    row.getKind(),
                    number(row.getShare()),
                    row.getControl() ? "generated" : "benchmark",
                    Integer.toString(row.getProblems()),
                    Integer.toString(row.getHits()),
                    number(row.getProblems() == 0 ? 0 : row.getHits() / (double) row.getProblems()),
                    row.getKind().equals("completion") ? number(row.getRougeL()) : ""));
        }
        StringBuilder text = new StringBuilder(TextTable.render(table));
        evaluation
                .getProbeVerdictsList()
                .forEach(verdict -> text.append('\n')
                        .append(verdict.getLabel())
                        .append(": ")
                        .append(verdict.getText())
                        .append('\n'));
        return text.toString();
    }

    /** The p-values of each policy and decoding over several evaluations, corrected for their number. */
    static String holm(List<Evaluation> evaluations) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        Map<String, List<Double>> values = new LinkedHashMap<>();
        for (Evaluation evaluation : evaluations) {
            for (EvaluationRow row : evaluation.getRowsList()) {
                if (!row.hasPaired() || !row.getLabel().contains("@")) continue;
                String key = row.getLabel() + ", " + Words.decoding(row.getDecoding());
                names.computeIfAbsent(key, _ -> new ArrayList<>()).add(Words.data(evaluation.getSpec()));
                values.computeIfAbsent(key, _ -> new ArrayList<>())
                        .add(row.getPaired().getPValue());
            }
        }
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("policy", "data", "p", "p by Holm"));
        values.forEach((key, own) -> {
            if (own.size() < 2 || evaluations.size() < 2) return;
            double[] adjusted =
                    Holm.adjust(own.stream().mapToDouble(Double::doubleValue).toArray());
            for (int i = 0; i < adjusted.length; i++) {
                table.add(List.of(
                        key,
                        names.getOrDefault(key, List.of()).get(i),
                        Words.format("%.1e", own.get(i)),
                        Words.format("%.1e", adjusted[i])));
            }
        });
        return table.size() == 1 ? "" : "\n" + TextTable.render(table);
    }

    /** All evaluations, a line each. */
    static String list(List<Evaluation> evaluations) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("id", "started", "phase", "answers", "data", "split", "policies", "suite"));
        for (Evaluation evaluation : evaluations) {
            var spec = evaluation.getSpec();
            String policies = spec.hasFollow()
                    ? spec.getFollow().getRun() + " every " + spec.getFollow().getEvery()
                    : named(spec.getAdaptersList());
            table.add(List.of(
                    evaluation.getId(),
                    Instant.ofEpochSecond(evaluation.getStartedUnixNano() / NANOS)
                            .toString(),
                    phase(evaluation),
                    evaluation.getAnswersDone() + "/" + evaluation.getAnswersTotal(),
                    Words.title(evaluation),
                    spec.getSplit(),
                    policies.isEmpty() ? "base" : policies,
                    spec.getSuite()));
        }
        return TextTable.render(table);
    }

    private static String named(List<String> policies) {
        if (policies.size() <= MOST_NAMED) return String.join(" ", policies);
        return policies.getFirst() + " and " + (policies.size() - 1) + " more";
    }

    private static String phase(Evaluation evaluation) {
        return evaluation.getPhase().name().replace("EVALUATION_PHASE_", "").toLowerCase(Locale.ROOT);
    }

    private static String number(double value) {
        return Words.format("%.3f", value);
    }
}
