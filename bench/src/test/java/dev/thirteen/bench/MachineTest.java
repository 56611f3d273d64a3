package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MachineTest {
    @Test
    void theMeasuredDeviceIsTheFirstOfThoseThatAreVisible() {
        assertThat(Machine.first(null)).isEqualTo("0");
        assertThat(Machine.first("")).isEqualTo("0");
        assertThat(Machine.first("3,1")).isEqualTo("3");
        assertThat(Machine.first(" GPU-5a, 2")).isEqualTo("GPU-5a");
    }
}
