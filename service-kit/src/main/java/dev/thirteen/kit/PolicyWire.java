package dev.thirteen.kit;

import com.google.protobuf.ByteString;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.Sampling;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Policies between proto and core. What comes in is checked here, so that nothing behind the edge checks again. */
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
        ValueType type = switch (wire.getValueType()) {
            case VALUE_TYPE_FP32 -> ValueType.FP32;
            case VALUE_TYPE_BF16 -> ValueType.BF16;
            case VALUE_TYPE_FP16 -> ValueType.FP16;
            case VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw unset("adapter.value-type");
        };
        int tieSize = tying == Tying.ALL ? 1 : wire.getNTie();
        return checked(
                "adapter",
                () -> new TinyLoraSpec(
                        wire.getRank(), wire.getU(), tying, tieSize, form, wire.getProjectionSeed(), type));
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
                .setValueType(
                        switch (spec.valueType()) {
                            case FP32 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP32;
                            case BF16 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_BF16;
                            case FP16 -> dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP16;
                        })
                .build();
    }

    /**
     * An adapter by value, checked.
     *
     * @throws Failure CALLER for a bad shape, digest, length or a value that is not finite; CONFLICT when the adapter's
     *     digest is set and is not that of its content
     */
    public static AdapterByValue adapter(Adapter wire) {
        if (!wire.hasTinylora()) throw unset("adapter.tinylora");
        TinyLoraSpec spec = spec(wire.getTinylora());
        String basis = Digests.require("adapter.basis-digest", wire.getBasisDigest());
        byte[] encoded = wire.getValues().toByteArray();
        float[] values = checked("adapter.values", () -> spec.valueType().decode(encoded));
        if (values.length == 0) throw field("adapter.values", "is empty");
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw field("adapter.values", "value " + i + " is " + values[i])
                        .because(Failure.Reason.ADAPTER_NOT_FINITE);
            }
        }
        String digest = digest(spec, basis, encoded);
        if (!wire.getDigest().isEmpty() && !wire.getDigest().equals(digest)) {
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    "the adapter says digest " + wire.getDigest() + ", its content has " + digest);
        }
        return new AdapterByValue(spec, basis, values, digest);
    }

    /** An adapter as sent: the values rounded to the shape's number format, with its digest. */
    public static Adapter adapter(TinyLoraSpec spec, String basisDigest, float[] values) {
        byte[] encoded = spec.valueType().encode(values);
        return Adapter.newBuilder()
                .setTinylora(spec(spec))
                .setBasisDigest(basisDigest)
                .setValues(ByteString.copyFrom(encoded))
                .setDigest(digest(spec, basisDigest, encoded))
                .build();
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

    /** Over a text of our own, since protobuf promises no canonical bytes. */
    private static String digest(TinyLoraSpec spec, String basisDigest, byte[] encoded) {
        String text = String.format(
                Locale.ROOT,
                "tinylora r=%d u=%d tying=%s n-tie=%d sigma=%s seed=%d type=%s\n%s\n",
                spec.rank(),
                spec.u(),
                spec.tying(),
                spec.tieSize(),
                spec.sigmaForm(),
                spec.projectionSeed(),
                spec.valueType(),
                basisDigest);
        return Digests.sha256(text.getBytes(StandardCharsets.UTF_8), encoded);
    }

    private static <T> T checked(String path, Supplier<T> value) {
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
