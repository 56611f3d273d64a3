package dev.thirteen.local;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.training.v1.Run;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the demo found, in one line for machines. What is not known yet is 0 for counts and NaN for the rest.
 *
 * @param bytes size of the adapter's values as sent
 * @param steps committed steps
 * @param seconds from the start of the system to the table
 */
record DemoLine(int numbers, int bytes, long steps, Paired paired, long seconds) {
    /**
     * Base and adapted policy on the same problems with the same seeds, sampled.
     *
     * @param base accuracy of the base model
     * @param adapted accuracy with the adapter
     * @param problems problems that both answered
     * @param pValue two-sided exact McNemar test
     */
    record Paired(double base, double adapted, int problems, double pValue) {}

    /** Largest p-value at which the demo has shown something. */
    private static final double SIGNIFICANT = 0.01;

    /** What is known so far. */
    static DemoLine of(Run run, Evaluation evaluation, long seconds) {
        List<EvaluationRow> sampled = evaluation.getRowsList().stream()
                .filter(row -> row.getDecoding().getTemperature() > 0)
                .toList();
        Optional<EvaluationRow> base = labelled(sampled, "base");
        Optional<EvaluationRow> adapted =
                evaluation.getSpec().getAdaptersList().stream().findFirst().flatMap(name -> labelled(sampled, name));
        return new DemoLine(
                run.getTrainedNumbers(),
                run.getAdapterBytes(),
                run.getState().getStep(),
                new Paired(
                        base.map(EvaluationRow::getAccuracy).orElse(Double.NaN),
                        adapted.map(EvaluationRow::getAccuracy).orElse(Double.NaN),
                        adapted.map(EvaluationRow::getProblems).orElse(0),
                        adapted.map(row -> row.getPaired().getPValue()).orElse(Double.NaN)),
                seconds);
    }

    private static Optional<EvaluationRow> labelled(List<EvaluationRow> rows, String label) {
        return rows.stream().filter(row -> row.getLabel().equals(label)).findFirst();
    }

    /** Why this is no success; empty when it is one. */
    Optional<String> shortcoming() {
        if (!(paired.adapted() > paired.base())) return Optional.of("the adapted policy is not better than the base");
        if (!(paired.pValue() < SIGNIFICANT))
            return Optional.of("the gain may be chance: p is not below " + SIGNIFICANT);
        return Optional.empty();
    }

    /** The line as scripts read it. */
    String text() {
        return String.format(
                Locale.ROOT,
                "demo: numbers %d bytes %d steps %d base %.3f adapted %.3f n %d p %.1e seconds %d",
                numbers,
                bytes,
                steps,
                paired.base(),
                paired.adapted(),
                paired.problems(),
                paired.pValue(),
                seconds);
    }
}
