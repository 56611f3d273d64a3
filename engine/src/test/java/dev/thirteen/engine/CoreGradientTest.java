package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of one policy on a processor beside autograd's, which parts of several policies take together. */
class CoreGradientTest {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 13, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);

    @TempDir
    Path folder;

    /** With biases, with norms of queries and keys, with neither; more tokens than are worked on at a time; shared prompts. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3-scaled"})
    void isTheGradientOfAutograd(String model) {
        Path random = RandomModels.write(folder.resolve("model"), model, 5, config -> {});
        try (BaseModel base = BaseModel.load(random, new EngineOptions(Precision.FP32, 1))) {
            Basis basis = Basis.derive(base, SPEC);
            List<PolicyGradient.Part> parts = List.of(part(base, basis, 1), part(base, basis, 2));
            PolicyGradient engine = new PolicyGradient(base);
            List<PolicyGradient.Result> together = engine.gradients(parts, 0.9, 4096, true);
            for (int i = 0; i < parts.size(); i++) {
                PolicyGradient.Part part = parts.get(i);
                assertThat(CoreGradient.serves(base, part.policy())).isTrue();
                PolicyGradient.Result alone =
                        engine.gradient(part.policy(), part.sequences(), 0.9, 150, true, part.weights());
                double[] expected = together.get(i).gradient();
                assertThat(alone.gradient()).containsExactly(expected, within(2e-5 * largest(expected)));
                for (int s = 0; s < part.sequences().size(); s++) {
                    assertThat(alone.logProbs().get(s))
                            .containsExactly(together.get(i).logProbs().get(s), within(2e-5));
                }
            }
        }
    }

    /** Passes take the memory of earlier ones: of fewer tokens, of more, of another rank. */
    @Test
    void whatAnotherPassLeftIsNotRead() {
        Path random = RandomModels.write(folder.resolve("model"), "qwen2-tied", 5, config -> {});
        try (BaseModel base = BaseModel.load(random, new EngineOptions(Precision.FP32, 1))) {
            PolicyGradient engine = new PolicyGradient(base);
            PolicyGradient.Part part = part(base, Basis.derive(base, SPEC), 1);
            double[] first = gradient(engine, part, 150);
            // Parts of other sizes are summed in another order.
            assertThat(gradient(engine, part, 4096)).containsExactly(first, within(1e-5 * largest(first)));
            assertThat(gradient(engine, part, 150)).containsExactly(first);
            TinyLoraSpec wider = new TinyLoraSpec(3, 13, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);
            PolicyGradient.Part other = part(base, Basis.derive(base, wider), 1);
            double[] second = gradient(engine, other, 150);
            assertThat(gradient(engine, part, 150)).containsExactly(first);
            assertThat(gradient(engine, other, 150)).containsExactly(second);
        }
    }

    private static double largest(double[] numbers) {
        return Arrays.stream(numbers).map(Math::abs).max().orElseThrow();
    }

    private static double[] gradient(PolicyGradient engine, PolicyGradient.Part part, int passTokens) {
        return engine.gradient(part.policy(), part.sequences(), 0.9, passTokens, true, part.weights())
                .gradient();
    }

    private static PolicyGradient.Part part(BaseModel base, Basis basis, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[basis.trainedNumbers()];
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextDouble(-0.05, 0.05);
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        for (int promptTokens : new int[] {70, 20}) {
            int[] prompt = ints(base, random, promptTokens);
            for (int completion : new int[] {1, 30, 33}) {
                sequences.add(new PolicyGradient.Sequence(prompt, ints(base, random, completion)));
            }
        }
        return new PolicyGradient.Part(new Policy(basis, values), sequences, (sequence, logProbs, _) -> {
            double[] slopes = new double[logProbs.length];
            for (int t = 0; t < slopes.length; t++) slopes[t] = (sequence - 2.2) * (1 + 0.1 * logProbs[t]);
            return new PolicyGradient.Slopes(slopes, 0.3);
        });
    }

    private static int[] ints(BaseModel base, SplittableRandom random, int count) {
        return random.ints(count, 3, base.config().vocabulary()).toArray();
    }
}
