package dev.thirteen.core.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.training.TrainedState.Averages;
import org.junit.jupiter.api.Test;

class TrainedStateTest {
    private static final float[] FINE = {1, 2};
    private static final float[] BAD = {1, Float.POSITIVE_INFINITY};

    @Test
    void everyPartOfAStateMustBeFinite() {
        assertThat(state(FINE, FINE, FINE, FINE, FINE).finite()).isTrue();
        assertThat(new TrainedState(AdamState.initial(FINE)).finite()).isTrue();
        assertThat(state(BAD, FINE, FINE, FINE, FINE).finite()).isFalse();
        assertThat(state(FINE, BAD, FINE, FINE, FINE).finite()).isFalse();
        assertThat(state(FINE, FINE, BAD, FINE, FINE).finite()).isFalse();
        assertThat(state(FINE, FINE, FINE, BAD, FINE).finite()).isFalse();
        assertThat(state(FINE, FINE, FINE, FINE, new float[] {Float.NaN, 0}).finite())
                .isFalse();
    }

    /** Its square is beyond fp32, and what is divided by infinity never moves again. */
    @Test
    void aLargeGradientWithoutClippingLeavesFiniteValuesBesideABadMoment() {
        AdamW plain = new AdamW(0.01, 0.9, 0.999, 1e-8, 0, 0);
        TrainedState moved =
                new AdamRule(plain).next(new TrainedState(AdamState.initial(FINE)), new double[] {1e21, 1}, 0);
        assertThat(moved.adam().master()).usingComparatorWithPrecision(1e-6f).containsExactly(0.99f, 1.99f);
        assertThat(moved.finite()).isFalse();
    }

    private static TrainedState state(
            float[] master, float[] first, float[] second, float[] sensitivity, float[] uncertainty) {
        return new TrainedState(new AdamState(master, first, second, 1), new Averages(sensitivity, uncertainty));
    }
}
