package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Adapter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdapterWireTest {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 3, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);
    private static final String BASIS = Digests.sha256(new byte[] {1});
    private static final String OTHER = Digests.sha256(new byte[] {2});

    private final Map<String, byte[]> blobs = new HashMap<>();

    @Test
    void anAdapterSurvivesTheWireAsRounded() {
        float[] values = {0.1f, -2.5f, 3e-5f};

        AdapterByValue back = AdapterWire.read(AdapterWire.of(SPEC, BASIS, values));

        assertThat(back.spec()).contains(SPEC);
        assertThat(back.basisDigest()).isEqualTo(BASIS);
        assertThat(back.values()).containsExactly(ValueType.BF16.round(values));
    }

    @Test
    void theModulesArePartOfTheShape() {
        TargetModules names = TargetModules.named("q_proj", "v_proj");
        TargetModules pattern = TargetModules.matching(".*\\.q_proj");
        float[] values = {1, 2, 3};
        for (TargetModules targets : List.of(names, pattern)) {
            TinyLoraSpec some = new TinyLoraSpec(2, 3, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16, targets);
            Adapter wire = AdapterWire.of(some, BASIS, values);
            assertThat(AdapterWire.read(wire).spec()).contains(some);
            assertThat(wire.getDigest())
                    .isNotEqualTo(AdapterWire.of(SPEC, BASIS, values).getDigest());
        }
        Adapter.Builder both = AdapterWire.of(SPEC, BASIS, values).toBuilder();
        both.getTinyloraBuilder().addTargetModules("q_proj").setTargetPattern("v_proj");
        assertFailure(both.build(), Failure.Kind.CALLER, "target-modules: must be names or an expression, not both");
    }

    @Test
    void theDigestCoversSpecBasisAndValues() {
        Adapter adapter = AdapterWire.of(SPEC, BASIS, new float[] {1, 2, 3});

        // As runs have stored it since they exist.
        assertThat(adapter.getDigest())
                .isEqualTo("sha256:a0233f0df5662beb0b32194a46d3105505a4b671dede9eb09c8fbc06a78375ce")
                .isNotEqualTo(AdapterWire.of(SPEC, BASIS, new float[] {1, 2, 4}).getDigest())
                .isNotEqualTo(AdapterWire.of(SPEC, OTHER, new float[] {1, 2, 3}).getDigest());
        assertFailure(adapter.toBuilder().setDigest(OTHER).build(), Failure.Kind.CONFLICT, "digest");
    }

    @Test
    void anImportedAdapterSurvivesTheWire() {
        Adapter wire = imported(ValueType.FP16, 0.5f, -2);

        AdapterByValue back = AdapterWire.read(wire);

        assertThat(wire.hasTinylora()).isFalse();
        assertThat(blobs).isEmpty();
        assertThat(back.spec()).isEmpty();
        assertThat(back.valueType()).isEqualTo(ValueType.FP16);
        assertThat(back.values()).containsExactly(0.5f, -2);
        assertThat(back.digest())
                .isEqualTo(wire.getDigest())
                .isNotEqualTo(imported(ValueType.FP32, 0.5f, -2).getDigest())
                .isNotEqualTo(imported(ValueType.FP16, 0.5f, -1).getDigest());
    }

    @Test
    void valuesAbove64KiBTravelByDigest() {
        float[] fit = new float[AdapterWire.MAX_INLINE_BYTES / 4];
        float[] tooMany = new float[fit.length + 1];
        tooMany[fit.length] = 7;
        assertThat(imported(ValueType.FP32, fit).getValuesDigest()).isEmpty();

        Adapter wire = imported(ValueType.FP32, tooMany);

        assertThat(wire.getValues()).isEmpty();
        assertThat(AdapterWire.read(wire, blobs::get).values()).containsExactly(tooMany);
        // The same adapter, sent whole.
        ByteString whole = ByteString.copyFrom(blobs.get(wire.getValuesDigest()));
        assertThat(AdapterWire.digest(
                        wire.toBuilder().clearValuesDigest().setValues(whole).build()))
                .isEqualTo(wire.getDigest());
        assertFailure(wire, Failure.Kind.CALLER, "adapter.values-digest: is not taken here");
    }

    @Test
    void whatABlobHoldsIsCheckedToo() {
        byte[] notFinite = ValueType.BF16.encode(new float[] {1, Float.NEGATIVE_INFINITY});
        Adapter wire = Adapter.newBuilder()
                .setBasisDigest(BASIS)
                .setValueType(dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_BF16)
                .setValuesDigest(Digests.sha256(notFinite))
                .build();

        assertThatThrownBy(() -> AdapterWire.read(wire, digest -> notFinite))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.reason()).contains(Failure.Reason.ADAPTER_NOT_FINITE))
                .hasMessageContaining("adapter.values: value 1 is -Infinity");
        assertThatThrownBy(() -> AdapterWire.read(wire, digest -> new byte[3]))
                .hasMessageContaining("adapter.values: 3 bytes");
    }

    @Test
    void whatIsWrongIsRefusedByName() {
        Adapter adapter = AdapterWire.of(SPEC, BASIS, new float[] {1, 2, 3});
        var fp32 = dev.thirteen.proto.policy.v1.ValueType.VALUE_TYPE_FP32;
        Adapter imported = imported(ValueType.FP32, 1);

        refused(AdapterWire.of(SPEC, BASIS, new float[] {1, Float.NaN, 3}), "adapter.values: value 1 is NaN");
        refused(adapter.toBuilder().setValues(ByteString.copyFrom(new byte[5])).build(), "adapter.values: 5 bytes");
        refused(adapter.toBuilder().setBasisDigest("md5:1").build(), "adapter.basis-digest");
        refused(adapter.toBuilder().setValueType(fp32).build(), "adapter.value-type: must not be set beside");
        refused(adapter.toBuilder().setValuesDigest(BASIS).build(), "adapter.values-digest: must not be set beside");
        refused(Adapter.getDefaultInstance(), "adapter.tinylora: is not set");
        refused(imported.toBuilder().setValueTypeValue(9).build(), "adapter.value-type: is not set");
        refused(imported.toBuilder().clearValues().build(), "adapter.values: is empty");
        refused(imported.toBuilder().setValuesDigest(BASIS).build(), "must not be set beside adapter.values");
        refused(imported.toBuilder().clearValues().setValuesDigest("x").build(), "adapter.values-digest must be");
        assertFailure(imported.toBuilder().setDigest(OTHER).build(), Failure.Kind.CONFLICT, "digest");
    }

    private Adapter imported(ValueType type, float... values) {
        return AdapterWire.of(type, BASIS, values, content -> {
            String digest = Digests.sha256(content);
            blobs.put(digest, content);
            return digest;
        });
    }

    private static void refused(Adapter adapter, String message) {
        assertFailure(adapter, Failure.Kind.CALLER, message);
    }

    private static void assertFailure(Adapter adapter, Failure.Kind kind, String message) {
        assertThatThrownBy(() -> AdapterWire.read(adapter))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }
}
