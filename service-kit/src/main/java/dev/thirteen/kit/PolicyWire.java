package dev.thirteen.kit;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.List;
import java.util.function.Supplier;

/** Shapes and sampling between proto and core. What comes in is checked here, so that nothing behind the edge checks again. */
public final class PolicyWire {
    private PolicyWire() {}

    /** The shape of an adapter, checked: CALLER with the path of what is wrong. */
    public static TinyLoraSpec spec(dev.thirteen.proto.policy.v1.TinyLoraSpec wire) {
        Tying tying = switch (wire.getTying()) {
            case TYING_ALL -> Tying.ALL;
            case TYING_TILED -> Tying.TILED;
            case TYING_STRUCTURED -> Tying.STRUCTURED;
            case TYING_UNSPECIFIED, UNRECOGNIZED -> throw unset("adapter.tying");
        };
        SigmaForm form = switch (wire.getSigmaForm()) {
            case SIGMA_FORM_PAPER -> SigmaForm.PAPER;
            case SIGMA_FORM_SQRT -> SigmaForm.SQRT;
            case SIGMA_FORM_UNSPECIFIED, UNRECOGNIZED -> throw unset("adapter.sigma-form");
        };
        ValueType type = valueType(wire.getValueType());
        int tieSize = tying == Tying.ALL ? 1 : wire.getNTie();
        return checked(
                "adapter",
                () -> new TinyLoraSpec(
                        wire.getRank(),
                        wire.getU(),
                        tying,
                        tieSize,
                        form,
                        wire.getProjectionSeed(),
                        type,
                        new TargetModules(wire.getTargetModulesList(), wire.getTargetPattern())));
    }

    /** The shape of an adapter as sent. */
    public static dev.thirteen.proto.policy.v1.TinyLoraSpec spec(TinyLoraSpec spec) {
        return dev.thirteen.proto.policy.v1.TinyLoraSpec.newBuilder()
                .setRank(spec.rank())
                .setU(spec.u())
                .setTying(
                        switch (spec.tying()) {
                            case ALL -> dev.thirteen.proto.policy.v1.Tying.TYING_ALL;
                            case TILED -> dev.thirteen.proto.policy.v1.Tying.TYING_TILED;
                            case STRUCTURED -> dev.thirteen.proto.policy.v1.Tying.TYING_STRUCTURED;
                        })
                .setNTie(spec.tieSize())
                .setSigmaForm(
                        switch (spec.sigmaForm()) {
                            case PAPER -> dev.thirteen.proto.policy.v1.SigmaForm.SIGMA_FORM_PAPER;
                            case SQRT -> dev.thirteen.proto.policy.v1.SigmaForm.SIGMA_FORM_SQRT;
                        })
                .setProjectionSeed(spec.projectionSeed())
                .setValueType(valueType(spec.valueType()))
                .addAllTargetModules(spec.targets().names())
                .setTargetPattern(spec.targets().pattern())
                .build();
    }

    /** A number format, checked. */
    static ValueType valueType(dev.thirteen.proto.policy.v1.ValueType wire) {
        return switch (wire) {
            case VALUE_TYPE_FP32 -> ValueType.FP32;
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            case VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw unset("adapter.value-type");
        };
    }

    /** A number format as sent. */
    static dev.thirteen.proto.policy.v1.ValueType valueType(ValueType type) {
        return switch (type) {
            case FP32 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP32;
            case BF16 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_BF16;
            case FP16 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP16;
        };
    }

    /** Sampling parameters, checked: CALLER with the path of what is wrong. A top_p or repetition_penalty of 0 means off. */
    public static SamplingParameters sampling(Sampling wire) {
        float topP = wire.getTopP() == 0 ? 1 : wire.getTopP();
        float penalty = wire.getRepetitionPenalty() == 0 ? 1 : wire.getRepetitionPenalty();
        return new SamplingParameters(
                wire.getTemperature(),
                new Filters(topP, wire.getTopK(), wire.getMinP()),
                new LogitChanges(penalty, wire.getLogitBiasMap()),
                wire.getStopList(),
                wire.getMaxTokens(),
                wire.getSeed());
    }

    /** Sampling parameters as sent. */
    public static Sampling sampling(SamplingParameters sampling) {
        return Sampling.newBuilder()
                .setTemperature(sampling.temperature())
                .setTopP(sampling.filters().topP())
                .setTopK(sampling.filters().topK())
                .setMinP(sampling.filters().minP())
                .setRepetitionPenalty(sampling.changes().repetitionPenalty())
                .putAllLogitBias(sampling.changes().bias())
                .addAllStop(sampling.stop())
                .setMaxTokens(sampling.maxTokens())
                .setSeed(sampling.seed())
                .build();
    }

    /** Why a sample ended, as sent. */
    public static dev.thirteen.proto.policy.v1.FinishReason finishReason(FinishReason reason) {
        return switch (reason) {
            case STOP -> dev.thirteen.proto.policy.v1.FinishReason.FINISH_REASON_STOP;
            case LENGTH -> dev.thirteen.proto.policy.v1.FinishReason.FINISH_REASON_LENGTH;
        };
    }

    /** Why a sample ended; CALLER when unset. */
    public static FinishReason finishReason(dev.thirteen.proto.policy.v1.FinishReason wire) {
        return switch (wire) {
            case FINISH_REASON_STOP -> FinishReason.STOP;
            case FINISH_REASON_LENGTH -> FinishReason.LENGTH;
            case FINISH_REASON_UNSPECIFIED, UNRECOGNIZED -> throw unset("finish-reason");
        };
    }

    /** A value that core refuses with an IllegalArgumentException; CALLER with the path then. */
    static <T> T checked(String path, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw field(path, String.valueOf(e.getMessage()));
        }
    }

    private static Failure unset(String path) {
        return field(path, "is not set");
    }

    private static Failure field(String path, String problem) {
        return Failure.fields(List.of(new FieldProblem(path, problem)));
    }
}
