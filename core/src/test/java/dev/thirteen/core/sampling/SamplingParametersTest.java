package dev.thirteen.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SamplingParametersTest {
    @Test
    void onlyTopPAndTopKAreFilters() {
        assertThat(new SamplingParameters(0.7f, 1, 0, 16, 1).filtered()).isFalse();
        assertThat(new SamplingParameters(1, 0.9f, 0, 16, 1).filtered()).isTrue();
        assertThat(new SamplingParameters(1, 1, 20, 16, 1).filtered()).isTrue();
    }

    @Test
    void zeroTemperatureIsGreedy() {
        assertThat(new SamplingParameters(0, 1, 0, 16, 1).greedy()).isTrue();
        assertThat(new SamplingParameters(0.01f, 1, 0, 16, 1).greedy()).isFalse();
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new SamplingParameters(Float.NaN, 1, 0, 1, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingParameters(1, 0, 0, 1, 0)).hasMessageContaining("top_p");
        assertThatThrownBy(() -> new SamplingParameters(1, 1, -1, 1, 0)).hasMessageContaining("top_k");
        assertThatThrownBy(() -> new SamplingParameters(1, 1, 0, 0, 0)).hasMessageContaining("max_tokens");
    }
}
