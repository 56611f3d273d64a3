package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyWireTest {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 3, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);
    private static final String BASIS = Digests.sha256(new byte[] {1});

    @Test
    void anAdapterSurvivesTheWireAsRounded() {
        float[] values = {0.1f, -2.5f, 3e-5f};

        AdapterByValue back = PolicyWire.adapter(PolicyWire.adapter(SPEC, BASIS, values));

        assertThat(back.spec()).isEqualTo(SPEC);
        assertThat(back.basisDigest()).isEqualTo(BASIS);
        assertThat(back.values()).containsExactly(ValueType.BF16.round(values));
    }

    @Test
    void theDigestCoversSpecBasisAndValues() {
        Adapter adapter = PolicyWire.adapter(SPEC, BASIS, new float[] {1, 2, 3});

        assertThat(adapter.getDigest())
                .isNotEqualTo(
                        PolicyWire.adapter(SPEC, BASIS, new float[] {1, 2, 4}).getDigest())
                .isNotEqualTo(PolicyWire.adapter(SPEC, Digests.sha256(new byte[] {2}), new float[] {1, 2, 3})
                        .getDigest());
        assertFailure(
                adapter.toBuilder().setDigest(Digests.sha256(new byte[0])).build(), Failure.Kind.CONFLICT, "digest");
    }

    @Test
    void whatIsWrongIsRefusedByName() {
        Adapter adapter = PolicyWire.adapter(SPEC, BASIS, new float[] {1, 2, 3});

        assertFailure(
                PolicyWire.adapter(SPEC, BASIS, new float[] {1, Float.NaN, 3}),
                Failure.Kind.CALLER,
                "adapter.values: value 1 is NaN");
        assertFailure(
                adapter.toBuilder().setValues(ByteString.copyFrom(new byte[5])).build(),
                Failure.Kind.CALLER,
                "adapter.values: 5 bytes");
        assertFailure(adapter.toBuilder().setBasisDigest("md5:1").build(), Failure.Kind.CALLER, "adapter.basis-digest");
        assertFailure(Adapter.getDefaultInstance(), Failure.Kind.CALLER, "adapter.tinylora: is not set");
        assertThatThrownBy(() -> PolicyWire.sampling(
                        Sampling.newBuilder().setMaxTokens(1).setTemperature(-1).build()))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("sampling.temperature: must be");
    }

    @Test
    void zerosMeanOff() {
        SamplingParameters sampling =
                PolicyWire.sampling(Sampling.newBuilder().setMaxTokens(8).build());

        assertThat(sampling).isEqualTo(new SamplingParameters(0, 1, 0, 8, 0));
        assertThat(sampling.filtered()).isFalse();
    }

    @Test
    void samplingComesBackAsItWasSent() {
        SamplingParameters sampling = new SamplingParameters(
                0.5f, new Filters(0.9f, 40, 0.1f), new LogitChanges(1.2f, Map.of(3, -5f)), List.of("\n\n"), 8, 3);

        assertThat(PolicyWire.sampling(PolicyWire.sampling(sampling))).isEqualTo(sampling);
    }

    private static void assertFailure(Adapter adapter, Failure.Kind kind, String message) {
        assertThatThrownBy(() -> PolicyWire.adapter(adapter))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }
}
