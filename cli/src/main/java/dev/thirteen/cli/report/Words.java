package dev.thirteen.cli.report;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.Locale;

/** Words for things that tables and pages both show. */
public final class Words {
    private Words() {}

    /** How tokens were drawn, in a word or two: {@code greedy}, {@code T=1 top-p 0.9}. */
    public static String decoding(Sampling sampling) {
        if (sampling.getTemperature() == 0) return "greedy";
        String text = "T=" + format("%.3g", sampling.getTemperature()).replaceAll("\\.?0+$", "");
        if (sampling.getTopP() > 0 && sampling.getTopP() < 1) text += " top-p " + sampling.getTopP();
        return sampling.getTopK() > 0 ? text + " top-k " + sampling.getTopK() : text;
    }

    /** The data of an evaluation: {@code gsm8k}, {@code arithmetic, dev}, or the digest's beginning. */
    public static String data(EvaluationSpec spec) {
        if (!spec.getBenchmark().isEmpty()) return spec.getBenchmark();
        if (!spec.getDataSet().hasGenerator())
            return spec.getDataSet().getBlobDigest().replaceAll("^(.{19}).*", "$1");
        var generator = spec.getDataSet().getGenerator();
        if (generator.getTerms() > 0) {
            return generator.getName() + " " + generator.getTerms() + "x" + generator.getDigits();
        }
        return generator.getName() + ", " + generator.getSplit();
    }

    /** What an evaluation is of, in a line. */
    public static String title(Evaluation evaluation) {
        EvaluationSpec spec = evaluation.getSpec();
        String prompt = spec.getPromptName().isEmpty() ? "" : ", prompt " + spec.getPromptName();
        String what = spec.hasFollow() ? "learning curve of " + spec.getFollow().getRun() + " on " : "";
        return (spec.hasProbe() ? "contamination probe of " : what) + data(spec) + prompt;
    }

    /** A number in the form of {@link String#format}, whatever the country. */
    public static String format(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }
}
