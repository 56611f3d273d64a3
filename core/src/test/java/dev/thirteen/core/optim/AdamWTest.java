package dev.thirteen.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import org.junit.jupiter.api.Test;

class AdamWTest {
    private static final AdamW PLAIN = new AdamW(0.01, 0.9, 0.999, 1e-8, 0, 0);

    @Test
    void twentyStepsEqualTorch() {
        for (JsonNode run : Golden.file("adamw.json").get("runs")) {
            AdamW optimizer = optimizer(run.get("setting"));
            AdamState state = AdamState.initial(floats(run.get("initial")));
            for (JsonNode step : run.get("steps")) {
                state = optimizer.next(state, Golden.numbers(step.get("gradient")));
                double[] expected = Golden.numbers(step.get("values"));
                for (int i = 0; i < expected.length; i++) {
                    // The state is rounded to fp32 after each step, torch's is fp64.
                    assertThat((double) state.master()[i]).isCloseTo(expected[i], within(2e-6));
                }
            }
            assertThat(state.step()).isEqualTo(20);
        }
    }

    @Test
    void theFirstStepIsTheLearningRateWhateverTheGradient() {
        AdamState next = PLAIN.next(AdamState.initial(new float[] {1, 1}), new double[] {1e-3, -50});

        assertThat(next.master()).usingComparatorWithPrecision(1e-6f).containsExactly(0.99f, 1.01f);
    }

    @Test
    void anUpdateLeavesItsInputAlone() {
        AdamState before = AdamState.initial(new float[] {1});
        AdamState after = PLAIN.next(before, new double[] {1});

        assertThat(before.master()).containsExactly(1);
        assertThat(before.first()).containsExactly(0);
        assertThat(after.step()).isEqualTo(1);
    }

    @Test
    void aZeroGradientMovesNothingWithoutDecay() {
        assertThat(PLAIN.next(AdamState.initial(new float[] {3}), new double[] {0})
                        .master())
                .containsExactly(3);
    }

    @Test
    void gradientsThatDoNotFitAreRefused() {
        AdamState state = AdamState.initial(new float[] {1});

        assertThatThrownBy(() -> PLAIN.next(state, new double[2])).hasMessageContaining("gradient of 2");
        assertThatThrownBy(() -> PLAIN.next(state, new double[] {Double.NaN})).hasMessageContaining("not finite");
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new AdamW(-1, 0.9, 0.999, 1e-8, 0, 0)).hasMessageContaining("learning-rate");
        assertThatThrownBy(() -> new AdamW(1, 1, 0.999, 1e-8, 0, 0)).hasMessageContaining("beta1");
        assertThatThrownBy(() -> new AdamW(1, 0.9, -0.1, 1e-8, 0, 0)).hasMessageContaining("beta2");
        assertThatThrownBy(() -> new AdamW(1, 0.9, 0.999, 0, 0, 0)).hasMessageContaining("epsilon");
        assertThatThrownBy(() -> new AdamW(1, 0.9, 0.999, 1e-8, Double.NaN, 0)).hasMessageContaining("weight-decay");
        assertThatThrownBy(() -> new AdamW(1, 0.9, 0.999, 1e-8, 0, -1)).hasMessageContaining("max-grad-norm");
        assertThatThrownBy(() -> new AdamState(new float[1], new float[2], new float[1], 0))
                .hasMessageContaining("moments of 2 and 1");
        assertThatThrownBy(() -> new AdamState(new float[1], new float[1], new float[1], -1))
                .hasMessageContaining("step");
    }

    private static AdamW optimizer(JsonNode setting) {
        return new AdamW(
                setting.get("learning_rate").doubleValue(),
                setting.get("beta1").doubleValue(),
                setting.get("beta2").doubleValue(),
                setting.get("epsilon").doubleValue(),
                setting.get("weight_decay").doubleValue(),
                setting.get("max_grad_norm").doubleValue());
    }

    private static float[] floats(JsonNode list) {
        double[] numbers = Golden.numbers(list);
        float[] floats = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) floats[i] = (float) numbers[i];
        return floats;
    }
}
