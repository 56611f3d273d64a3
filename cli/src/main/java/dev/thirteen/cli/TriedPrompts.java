package dev.thirteen.cli;

import dev.thirteen.cli.report.Words;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.training.v1.PromptTemplate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The base under prompts that other evaluations of the same data tried: who tries ten prompts and reports one has to see the
 * other nine beside it.
 */
final class TriedPrompts {
    private record Tried(String label, PromptTemplate prompt, EvaluationRow row) {}

    private TriedPrompts() {}

    /** A table of the prompts that the evaluation itself does not have; empty where there is none. */
    static String of(Evaluation evaluation, List<Evaluation> others) {
        Set<String> known = new HashSet<>();
        baseRows(evaluation).forEach(tried -> known.add(key(tried)));
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("base under other prompts", "decoding", "evaluation", "problems", "accuracy", "95 %"));
        for (Evaluation other : others.reversed()) {
            if (!comparable(evaluation, other)) continue;
            for (Tried tried : baseRows(other)) {
                EvaluationRow row = tried.row();
                if (!known.add(key(tried))) continue;
                table.add(List.of(
                        tried.label(),
                        Words.decoding(row.getDecoding()),
                        other.getId(),
                        Integer.toString(row.getProblems()),
                        Words.format("%.3f", row.getAccuracy()),
                        Words.format("%.3f", row.getAccuracyLow()) + "–"
                                + Words.format("%.3f", row.getAccuracyHigh())));
            }
        }
        return table.size() == 1 ? "" : "\n" + TextTable.render(table);
    }

    private static boolean comparable(Evaluation evaluation, Evaluation other) {
        EvaluationSpec spec = evaluation.getSpec();
        EvaluationSpec their = other.getSpec();
        return other.getPhase() == EvaluationPhase.EVALUATION_PHASE_FINISHED
                && !their.hasProbe()
                && !other.getId().equals(evaluation.getId())
                && their.getDataSet().equals(spec.getDataSet())
                && other.getRowsCount() > 0
                && evaluation.getRowsCount() > 0
                && base(other).equals(base(evaluation));
    }

    private static String base(Evaluation evaluation) {
        return evaluation.getRows(0).getProvenance().getBaseDigest();
    }

    /** A prompt under a decoding, whatever the seed. */
    private static String key(Tried tried) {
        return tried.prompt() + "/" + Words.decoding(tried.row().getDecoding());
    }

    private static List<Tried> baseRows(Evaluation evaluation) {
        EvaluationSpec spec = evaluation.getSpec();
        List<Tried> rows = new ArrayList<>();
        for (EvaluationRow row : evaluation.getRowsList()) {
            if (row.getLabel().equals("base")) {
                String name = spec.getPromptName().isEmpty() ? shortened(spec.getPrompt()) : spec.getPromptName();
                rows.add(new Tried(name, spec.getPrompt(), row));
                continue;
            }
            for (PromptVariant variant : spec.getBasePromptsList()) {
                if (variant.getLabel().equals(row.getLabel())) {
                    rows.add(new Tried(row.getLabel(), variant.getPrompt(), row));
                }
            }
        }
        return rows;
    }

    private static String shortened(PromptTemplate prompt) {
        String line = prompt.getUser().replace('\n', ' ');
        return line.length() <= 40 ? line : line.substring(0, 40) + "…";
    }
}
