package dev.thirteen.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import dev.thirteen.core.adapter.AdaLora;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.Lora;
import dev.thirteen.core.adapter.LoraShape;
import dev.thirteen.core.adapter.RankSchedule;
import dev.thirteen.core.adapter.WeightLora;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UpdateRuleTest {
    private static final AdamW ADAM = new AdamW(0.05, 0.9, 0.999, 1e-8, 0.01, 1.5);

    /** Eight steps: one that keeps all, five of the cubic law, the last choice, and two that keep to it. */
    @Test
    void adaLoraIsWhatPeftComputes() {
        JsonNode golden = Golden.file("adalora.json");
        int rank = golden.get("rank").asInt();
        AdaLora family = new AdaLora(Map.of(0, shape(golden, 0, rank), 1, shape(golden, 1, rank)));
        RankSchedule schedule = new RankSchedule(
                rank,
                golden.get("target").asInt(),
                golden.get("warmup").asInt(),
                golden.get("final").asInt(),
                golden.get("interval").asInt(),
                golden.get("steps").size());
        FamilySpec spec = new FamilySpec.AdaLora(3, schedule, new FamilySpec.Importance(0.85, 0.8, 0.5));
        UpdateRule rule = UpdateRule.of(family, Optional.of(spec), ADAM);
        TrainedState state = new TrainedState(AdamState.initial(floats(golden.get("start"))));
        for (int step = 0; step < golden.get("steps").size(); step++) {
            JsonNode expected = golden.get("steps").get(step);
            state = rule.next(state, Golden.numbers(expected.get("gradient")), step);
            double[] values = Golden.numbers(expected.get("values"));
            for (int i = 0; i < values.length; i++) {
                assertThat((double) state.adam().master()[i])
                        .as("step %d, value %d", step + 1, i)
                        .isCloseTo(values[i], within(2e-6));
            }
        }
        assertThat(zeros(state.adam().master(), family)).isEqualTo(4);
    }

    private static LoraShape shape(JsonNode golden, int module, int rank) {
        JsonNode shape = golden.get("shapes").get(module);
        return new LoraShape(rank, shape.get(0).asInt(), shape.get(1).asInt(), 1);
    }

    private static float[] floats(JsonNode list) {
        double[] numbers = Golden.numbers(list);
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) floats[i] = (float) numbers[i];
        return floats;
    }

    private static int zeros(float[] values, AdaLora family) {
        int zeros = 0;
        for (AdaLora.Triplets one : family.triplets()) {
            for (int k = 0; k < one.shape().rank(); k++) if (values[one.e() + k] == 0) zeros++;
        }
        return zeros;
    }

    /** Three modules of A [1, 1], B [1, 1] and ω: values a, b, ω, three times. */
    @Test
    void weightLoraMovesItsWeightsByPlainStepsAndKeepsTheLargest() {
        LoraShape one = new LoraShape(1, 1, 1, 1);
        WeightLora family = new WeightLora(Map.of(0, one, 1, one, 2, one));
        FamilySpec spec = new FamilySpec.WeightLora(1, 1, 0.5, 1);
        UpdateRule rule = UpdateRule.of(family, Optional.of(spec), ADAM);
        float[] start = {1, 0, 1, 1, 0, 1, 1, 0, 1};

        // Before anything has moved all are equal, and all are kept.
        TrainedState first =
                rule.next(new TrainedState(AdamState.initial(start)), new double[] {0, 1, 0, 0, 1, 0, 0, 1, 0}, 0);
        assertThat(weights(first)).containsExactly(1, 1, 1);
        assertThat(first.adam().master()[1]).isCloseTo(-0.05f, within(1e-6f));

        // Their gradients are not clipped, and decay does not touch them.
        TrainedState second = rule.next(first, new double[] {0, 0, 0.5, 0, 0, -4, 0, 0, -2}, 1);
        assertThat(weights(second)).containsExactly(0, 3, 0);
    }

    @Test
    void weightsOfWeightLoraHaveNoPartInTheClippingOfTheOthers() {
        WeightLora family = new WeightLora(Map.of(0, new LoraShape(1, 1, 1, 1)));
        FamilySpec spec = new FamilySpec.WeightLora(1, 1, 0.5, 1);
        TrainedState start = new TrainedState(AdamState.initial(new float[] {1, 0, 1}));

        // |(0.75, -1)| is 1.25, below the bound of 1.5; with the 8 of ω it would be above 8.
        TrainedState moved = UpdateRule.of(family, Optional.of(spec), ADAM).next(start, new double[] {0.75, -1, 8}, 0);

        assertThat(moved.adam().first()).containsExactly(new float[] {0.075f, -0.1f, 0}, within(1e-8f));
        assertThat(moved.adam().second()).containsExactly(new float[] {0.0005625f, 0.001f, 0}, within(1e-10f));
    }

    private static float[] weights(TrainedState state) {
        float[] values = state.adam().master();
        return new float[] {values[2], values[5], values[8]};
    }

    @Test
    void otherFamiliesAreTrainedByAdamAlone() {
        Lora family = new Lora(Map.of(0, new LoraShape(1, 1, 1, 1)));
        UpdateRule rule = UpdateRule.of(family, Optional.of(new FamilySpec.Lora(1, 1, false)), ADAM);
        AdamState start = AdamState.initial(new float[] {1, 2});
        double[] gradient = {0.25, -0.5};
        assertThat(rule.next(new TrainedState(start), gradient, 0).adam().master())
                .isEqualTo(ADAM.next(start, gradient).master());
    }
}
