package dev.thirteen.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each family's pull-back is the derivative of its updates, by finite differences. */
class AdapterFamilyTest {
    private static final ModelShape SHAPE = shape();
    private static final int RANK = 2;

    private static ModelShape shape() {
        List<AdaptedModule> modules = new ArrayList<>();
        for (int layer = 0; layer < 2; layer++) {
            modules.add(new AdaptedModule(layer, ModuleType.Q, 4, 6));
            modules.add(new AdaptedModule(layer, ModuleType.K, 4, 3));
            modules.add(new AdaptedModule(layer, ModuleType.DOWN, 5, 4));
        }
        return new ModelShape(2, modules);
    }

    static Stream<Arguments> families() {
        return Stream.of(
                Arguments.of("TinyLoRA", tinyLora()),
                Arguments.of("LoRA-XS", new LoraXs(Map.of(1, xs(1), 4, xs(4)))),
                Arguments.of("LoRA", new Lora(loraShapes(RANK))),
                Arguments.of("AdaLoRA", new AdaLora(Map.of(0, lora(0, 3), 2, lora(2, 0), 5, lora(5, 1)))),
                Arguments.of("VeRA", vera()),
                Arguments.of("ShareLoRA A", new ShareLora(SHAPE, ShareLora.Shared.A, loraShapes(RANK))),
                Arguments.of("ShareLoRA both", new ShareLora(SHAPE, ShareLora.Shared.BOTH, loraShapes(RANK))),
                Arguments.of("WeightLoRA", new WeightLora(loraShapes(RANK))),
                Arguments.of("BitFit", new BitFit(Map.of(0, 6, 4, 3))),
                Arguments.of(
                        "full weights",
                        new FullWeights(Map.of(
                                0, SHAPE.modules().get(0), 3, SHAPE.modules().get(3)))));
    }

    private static AdapterFamily tinyLora() {
        return new TinyLora(
                3,
                Map.of(
                        0, new TinyLora.Factors(0, 2, random(8), random(12), random(12), new float[2]),
                        3, new TinyLora.Factors(1, 1, random(4), random(6), random(3), new float[1]),
                        5, new TinyLora.Factors(0, 2, random(10), random(8), random(12), new float[2])));
    }

    private static LoraXs.Factors xs(int module) {
        AdaptedModule of = SHAPE.modules().get(module);
        return new LoraXs.Factors(RANK, 1.5f, random(RANK * of.inWidth()), random(of.outWidth() * RANK));
    }

    private static Vera vera() {
        return new Vera(3, 5, random(15), random(18), Map.of(0, new Vera.Module(4, 6), 5, new Vera.Module(5, 4)));
    }

    private static Map<Integer, LoraShape> loraShapes(int rank) {
        return Map.of(0, lora(0, rank), 3, lora(3, rank), 2, lora(2, rank));
    }

    private static LoraShape lora(int module, int rank) {
        AdaptedModule of = SHAPE.modules().get(module);
        return new LoraShape(rank, of.inWidth(), of.outWidth(), 0.5f);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void pullBackIsTheDerivative(String name, AdapterFamily family) {
        float[] values = random(family.trainedNumbers());
        List<ModuleUpdate.Gradient> weights = new ArrayList<>();
        for (int m = 0; m < SHAPE.modules().size(); m++) weights.add(weights(family.update(m, values), m));
        double[] gradient = new double[values.length];
        for (int m = 0; m < weights.size(); m++) family.pullBack(m, values, weights.get(m), gradient);

        assertThat(values).isNotEmpty();
        float step = 1e-2f;
        for (int i = 0; i < values.length; i++) {
            // Updates are at most quadratic in the values, so the central difference is exact but for rounding.
            double slope =
                    (loss(family, moved(values, i, step), weights) - loss(family, moved(values, i, -step), weights))
                            / (2 * step);
            assertThat(gradient[i]).as("value %d", i).isCloseTo(slope, within(1e-3 + 1e-3 * Math.abs(slope)));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void moduleThatIsNotAdaptedHasNoUpdate(String name, AdapterFamily family) {
        float[] values = random(family.trainedNumbers());
        int changed = 0;
        for (int m = 0; m < SHAPE.modules().size(); m++) {
            ModuleUpdate update = family.update(m, values);
            if (update.rank() > 0 || update.bias().length > 0) changed++;
        }
        assertThat(changed).isBetween(2, 3);
        assertThat(family.update(family instanceof LoraXs ? 0 : 1, values)).isSameAs(ModuleUpdate.NONE);
    }

    @Test
    void sharedFactorsAreCountedOnce() {
        // Modules 0 and 3 are q of two layers: rank 2, 4 in, 6 out; module 2 stands alone: 5 in, 4 out.
        assertThat(new ShareLora(SHAPE, ShareLora.Shared.A, loraShapes(RANK)).trainedNumbers())
                .isEqualTo(8 + 12 + 12 + 10 + 8);
        assertThat(new ShareLora(SHAPE, ShareLora.Shared.B, loraShapes(RANK)).trainedNumbers())
                .isEqualTo(8 + 8 + 12 + 10 + 8);
        assertThat(new ShareLora(SHAPE, ShareLora.Shared.BOTH, loraShapes(RANK)).trainedNumbers())
                .isEqualTo(8 + 12 + 10 + 8);
    }

    @Test
    void denseUpdateIsTheProductOfItsParts() {
        AdaptedModule module = new AdaptedModule(0, ModuleType.Q, 3, 2);
        ModuleUpdate update = new ModuleUpdate(
                2, new float[] {1, 2, 3, 4, 5, 6}, new float[] {1, 0, 2, 1}, new float[] {0, 1, 2, 0}, new float[0]);
        // B R = [[0, 1], [2, 2]]
        assertThat(update.dense(module)).containsExactly(4, 5, 6, 10, 14, 18);
    }

    private static double loss(AdapterFamily family, float[] values, List<ModuleUpdate.Gradient> weights) {
        double loss = 0;
        for (int m = 0; m < weights.size(); m++) {
            ModuleUpdate update = family.update(m, values);
            ModuleUpdate.Gradient weight = weights.get(m);
            loss += product(update.a(), weight.a())
                    + product(update.b(), weight.b())
                    + product(update.core(), weight.core())
                    + product(update.bias(), weight.bias());
        }
        return loss;
    }

    private static double product(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < other.length; i++) sum += (double) one[i] * other[i];
        return sum;
    }

    /** A weight for every number that depends on the values. */
    private static ModuleUpdate.Gradient weights(ModuleUpdate update, int module) {
        boolean core = update.core().length > 0;
        return new ModuleUpdate.Gradient(
                core ? new float[0] : random(update.a().length),
                core ? new float[0] : random(update.b().length),
                random(update.core().length),
                random(update.bias().length));
    }

    private static float[] moved(float[] values, int index, float by) {
        float[] moved = values.clone();
        moved[index] += by;
        return moved;
    }

    private static float[] random(int count) {
        Random random = new Random(count);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) random.nextGaussian();
        return numbers;
    }

    /** Feed-forward modules as wide as those of a model of 70 billion, with a rank of 256. */
    @Test
    void moreNumbersThanOneArrayHoldsAreRefusedWithTheirNumber() {
        assertThat(new BitFit(Map.of(0, Integer.MAX_VALUE)).trainedNumbers()).isEqualTo(Integer.MAX_VALUE);
        tooMany(2_147_483_648L, () -> new BitFit(Map.of(0, Integer.MAX_VALUE, 1, 1)));
        AdaptedModule wide = new AdaptedModule(0, ModuleType.DOWN, 53_248, 16_384);
        assertThat(new FullWeights(Map.of(0, wide)).degreesOfFreedom()).isEqualTo(872_415_232);
        tooMany(1L << 32, () -> new FullWeights(Map.of(0, new AdaptedModule(0, ModuleType.Q, 65_536, 65_536))));
        AdaptedModule down = new AdaptedModule(0, ModuleType.DOWN, 28_672, 8_192);
        ModelShape deep = new ModelShape(1, Collections.nCopies(2_000, down));
        Map<Integer, LoraShape> shapes = IntStream.range(0, 2_000)
                .boxed()
                .collect(Collectors.toMap(i -> i, _ -> new LoraShape(256, down.inWidth(), down.outWidth(), 1)));
        long a = 256 * 28_672;
        long b = 256 * 8_192;
        tooMany(2_000 * (a + b), () -> new Lora(shapes));
        tooMany(2_000 * (a + b + 256), () -> new AdaLora(shapes));
        tooMany(2_000 * (a + b + 1), () -> new WeightLora(shapes));
        tooMany(a + 2_000 * b, () -> new ShareLora(deep, ShareLora.Shared.A, shapes));
    }

    private static void tooMany(long numbers, ThrowingCallable family) {
        assertThatThrownBy(family)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessage(
                        "gives " + numbers + " numbers, of which at most 2147483647 can be one adapter's: choose fewer"
                                + " modules (adapter.target-modules) or a smaller rank");
    }
}
