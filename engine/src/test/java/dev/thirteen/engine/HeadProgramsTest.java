package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The head of a gradient on a device, as far as programs compute it, seen on a processor. */
class HeadProgramsTest {
    private static final int PLACES = 4;

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(7);

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) random.nextGaussian();
        return numbers;
    }

    /** Samples of a group go on from the last place of the prompt that they share. */
    @Test
    void whatSeveralSamplesAskOfOnePlaceIsAdded() {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
                PtNDManager scope = Torch.newManager()) {
            int hidden = base.config().hidden();
            float[] x = numbers(PLACES * hidden);
            float[] directions = numbers(3 * hidden);
            float[] slopes = numbers(3);
            float[] summed = new float[2 * hidden];
            for (int i = 0; i < hidden; i++) {
                summed[i] = slopes[0] * directions[i] + slopes[1] * directions[hidden + i];
                summed[hidden + i] = slopes[2] * directions[2 * hidden + i];
            }
            float[] apart = gradient(base, scope, x, new long[] {3, 3, 1}, directions, slopes);
            float[] together = gradient(base, scope, x, new long[] {3, 1}, summed, new float[] {1, 1});
            assertThat(apart).usingComparatorWithPrecision(1e-5f).containsExactly(together);
            assertThat(apart[3 * hidden]).isNotZero();
        }
    }

    /** All words as targets of one place: their probabilities are one together, and give its entropy. */
    @Test
    void logProbsStandBeforeEntropies() {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
                PtNDManager scope = Torch.newManager()) {
            int hidden = base.config().hidden();
            int words = base.config().vocabulary();
            NDList head = DeviceGradient.headWithEntropies(
                    scope,
                    base,
                    List.of(
                            Torch.of(scope, numbers(PLACES * hidden), PLACES, hidden),
                            Torch.of(
                                    scope,
                                    LongStream.generate(() -> 2).limit(words).toArray(),
                                    words),
                            Torch.of(scope, LongStream.range(0, words).toArray(), words),
                            Torch.cpu(scope, 0.5)));
            float[] numbers = head.get(0).toFloatArray();
            assertThat(numbers).hasSize(2 * words);
            double mass = 0;
            double entropy = 0;
            for (int word = 0; word < words; word++) {
                mass += Math.exp(numbers[word]);
                entropy -= Math.exp(numbers[word]) * numbers[word];
            }
            assertThat(mass).isCloseTo(1, within(1e-4));
            assertThat((double) numbers[words]).isCloseTo(entropy, within(1e-4));
            assertThat(numbers[2 * words - 1]).isEqualTo(numbers[words]);
            assertThat(head.get(1).getShape().getShape()).containsExactly(2 * words, hidden);
        }
    }

    private static float[] gradient(
            BaseModel base, PtNDManager scope, float[] x, long[] select, float[] directions, float[] slopes) {
        int hidden = base.config().hidden();
        PtNDArray gradient = Torch.of(scope, new float[x.length], PLACES, hidden);
        DeviceGradient.headBack(
                base,
                List.of(
                        Torch.of(scope, x, PLACES, hidden),
                        Torch.of(scope, select, select.length),
                        Torch.of(scope, directions, select.length, hidden),
                        Torch.of(scope, slopes, slopes.length),
                        gradient));
        return gradient.toFloatArray();
    }
}
