package dev.thirteen.trainer;

import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.RankSchedule;
import dev.thirteen.core.adapter.ShareLora;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.AdaLoraSpec;
import dev.thirteen.proto.policy.v1.ShareLoraSpec;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.WeightLoraSpec;
import org.jspecify.annotations.Nullable;

/** The adapter of a run from proto. Maps any value: whether it is allowed is core's to say. */
final class AdapterShapeWire {
    private AdapterShapeWire() {}

    static RunSpec.AdapterShape shape(dev.thirteen.proto.training.v1.RunSpec wire) {
        if (!wire.hasFamilyAdapter()) return tinyLora(wire.getAdapter());
        var adapter = wire.getFamilyAdapter();
        return new RunSpec.FamilyShape(
                family(adapter, wire.getSteps()),
                new TargetModules(adapter.getTargetModulesList(), adapter.getTargetPattern()),
                adapter.getSeed(),
                type(adapter.getValueType()));
    }

    private static RunSpec.TinyLoraShape tinyLora(TinyLoraSpec wire) {
        Tying tying = switch (wire.getTying()) {
            case TYING_ALL -> Tying.ALL;
            case TYING_TILED -> Tying.TILED;
            case TYING_STRUCTURED -> Tying.STRUCTURED;
            case TYING_UNSPECIFIED, UNRECOGNIZED -> null;
        };
        SigmaForm form = switch (wire.getSigmaForm()) {
            case SIGMA_FORM_PAPER -> SigmaForm.PAPER;
            case SIGMA_FORM_SQRT -> SigmaForm.SQRT;
            case SIGMA_FORM_UNSPECIFIED, UNRECOGNIZED -> null;
        };
        return new RunSpec.TinyLoraShape(
                wire.getRank(),
                wire.getU(),
                tying,
                wire.getNTie(),
                form,
                wire.getProjectionSeed(),
                type(wire.getValueType()),
                new TargetModules(wire.getTargetModulesList(), wire.getTargetPattern()));
    }

    private static @Nullable ValueType type(dev.thirteen.proto.policy.v1.ValueType wire) {
        return switch (wire) {
            case VALUE_TYPE_FP32 -> ValueType.FP32;
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            case VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    private static @Nullable FamilySpec family(dev.thirteen.proto.policy.v1.FamilySpec wire, long steps) {
        return switch (wire.getFamilyCase()) {
            case LORA_XS ->
                new FamilySpec.LoraXs(
                        wire.getLoraXs().getRank(), wire.getLoraXs().getAlpha());
            case LORA ->
                new FamilySpec.Lora(
                        wire.getLora().getRank(),
                        wire.getLora().getAlpha(),
                        wire.getLora().getRankStabilised());
            case SHARE_LORA -> shareLora(wire.getShareLora());
            case VERA -> new FamilySpec.Vera(wire.getVera().getRank());
            case BIT_FIT -> new FamilySpec.BitFit(wire.getBitFit().getAddBiases());
            case FULL -> new FamilySpec.Full();
            case ADA_LORA -> adaLora(wire.getAdaLora(), steps);
            case WEIGHT_LORA -> weightLora(wire.getWeightLora());
            case FAMILY_NOT_SET -> null;
        };
    }

    private static @Nullable FamilySpec shareLora(ShareLoraSpec wire) {
        ShareLora.Shared shared = switch (wire.getShared()) {
            case SHARED_A -> ShareLora.Shared.A;
            case SHARED_B -> ShareLora.Shared.B;
            case SHARED_BOTH -> ShareLora.Shared.BOTH;
            case SHARED_UNSPECIFIED, UNRECOGNIZED -> null;
        };
        return shared == null ? null : new FamilySpec.ShareLora(wire.getRank(), wire.getAlpha(), shared);
    }

    private static FamilySpec adaLora(AdaLoraSpec wire, long steps) {
        return new FamilySpec.AdaLora(
                wire.getAlpha(),
                new RankSchedule(
                        wire.getInitialRank(),
                        wire.getTargetRank(),
                        wire.getWarmupSteps(),
                        wire.getFinalSteps(),
                        wire.getInterval() == 0 ? 1 : wire.getInterval(),
                        steps),
                new FamilySpec.Importance(
                        wire.getSensitivityDecay(), wire.getUncertaintyDecay(), wire.getOrthogonality()));
    }

    private static FamilySpec weightLora(WeightLoraSpec wire) {
        return new FamilySpec.WeightLora(
                wire.getRank(), wire.getAlpha(), wire.getWeightLearningRate(), wire.getKeptModules());
    }
}
