package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FirstTokenTest {
    @Test
    void aQuantileIsAValueThatWasMeasured() {
        List<Double> hundred =
                DoubleStream.iterate(1, value -> value + 1).limit(100).boxed().toList();
        assertThat(FirstToken.quantile(hundred, 0.5)).isEqualTo(50);
        assertThat(FirstToken.quantile(hundred, 0.99)).isEqualTo(99);
        assertThat(FirstToken.quantile(List.of(7.0), 0.99)).isEqualTo(7);
    }
}
