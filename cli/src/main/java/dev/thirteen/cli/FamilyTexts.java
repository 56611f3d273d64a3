package dev.thirteen.cli;

import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.proto.policy.v1.AdaLoraSpec;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.WeightLoraSpec;
import java.util.List;
import java.util.Locale;

/** Adapters of other families than TinyLoRA in words. */
final class FamilyTexts {
    private FamilyTexts() {}

    /** The shape in a line. */
    static String adapter(FamilySpec spec) {
        return family(spec) + on(spec.getTargetModulesList(), spec.getTargetPattern()) + ", values "
                + RunTexts.word(spec.getValueType().name(), "VALUE_TYPE_");
    }

    /** Which modules are adapted; empty where all are. */
    static String on(List<String> names, String pattern) {
        TargetModules targets = new TargetModules(names, pattern);
        return targets.all() ? "" : ", on " + targets;
    }

    private static String family(FamilySpec spec) {
        return switch (spec.getFamilyCase()) {
            case LORA_XS ->
                "LoRA-XS" + scaled(spec.getLoraXs().getRank(), spec.getLoraXs().getAlpha());
            case LORA ->
                "LoRA" + scaled(spec.getLora().getRank(), spec.getLora().getAlpha())
                        + (spec.getLora().getRankStabilised() ? ", rank-stabilised" : "");
            case SHARE_LORA ->
                "ShareLoRA"
                        + scaled(
                                spec.getShareLora().getRank(),
                                spec.getShareLora().getAlpha())
                        + ", shared "
                        + RunTexts.word(spec.getShareLora().getShared().name(), "SHARED_");
            case VERA -> "VeRA r " + spec.getVera().getRank();
            case BIT_FIT -> "BitFit" + (spec.getBitFit().getAddBiases() ? ", biases added" : "");
            case FULL -> "full weights";
            case ADA_LORA -> adaLora(spec.getAdaLora());
            case WEIGHT_LORA -> weightLora(spec.getWeightLora());
            case FAMILY_NOT_SET -> "none";
        };
    }

    private static String adaLora(AdaLoraSpec spec) {
        return "AdaLoRA r " + spec.getInitialRank() + " to " + spec.getTargetRank() + ", alpha "
                + number(spec.getAlpha());
    }

    private static String weightLora(WeightLoraSpec spec) {
        return "WeightLoRA" + scaled(spec.getRank(), spec.getAlpha()) + ", " + spec.getKeptModules() + " modules kept";
    }

    private static String scaled(int rank, double alpha) {
        return " r " + rank + ", alpha " + number(alpha);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
    }
}
