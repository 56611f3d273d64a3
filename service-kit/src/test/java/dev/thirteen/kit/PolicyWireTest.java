package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyWireTest {
    @Test
    void whatIsWrongIsRefusedByName() {
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
}
