package dev.thirteen.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateTest {
    @Test
    void theWarmUpReachesThePeakAndTheDecayTheLastRate() {
        LearningRate linear = new LearningRate(1, 4, LearningRate.Decay.LINEAR, 0.2, 12);
        assertThat(linear.at(0)).isEqualTo(0.25);
        assertThat(linear.at(3)).isEqualTo(1);
        assertThat(linear.at(4)).isEqualTo(1);
        assertThat(linear.at(8)).isCloseTo(0.6, within(1e-15));
        assertThat(linear.at(11)).isCloseTo(0.3, within(1e-15));
    }

    @Test
    void theCosineIsHalfWayDownInTheMiddle() {
        LearningRate cosine = new LearningRate(0.01, 0, LearningRate.Decay.COSINE, 0, 10);
        assertThat(cosine.at(0)).isEqualTo(0.01);
        assertThat(cosine.at(5)).isCloseTo(0.005, within(1e-15));
        // transformers.get_cosine_schedule_with_warmup(optimizer, 0, 10) at step 9.
        assertThat(cosine.at(9)).isCloseTo(0.01 * 0.024471741852423234, within(1e-15));
    }

    @Test
    void withoutDecayTheRateStays() {
        LearningRate constant = new LearningRate(0.01, 2, LearningRate.Decay.CONSTANT, 0, 10);
        assertThat(constant.at(0)).isEqualTo(0.005);
        assertThat(constant.at(9)).isEqualTo(0.01);
    }
}
