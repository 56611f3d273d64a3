package dev.thirteen.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The degrees of freedom of each family are the rank of the derivative of all updates by the values. */
class DegreesOfFreedomTest {
    /** A module of a layer is wide, one narrow, one as wide as high. */
    private static final List<AdaptedModule> MODULES = List.of(
            new AdaptedModule(0, ModuleType.Q, 4, 6),
            new AdaptedModule(0, ModuleType.K, 4, 3),
            new AdaptedModule(0, ModuleType.O, 4, 4),
            new AdaptedModule(1, ModuleType.Q, 4, 6),
            new AdaptedModule(1, ModuleType.K, 4, 3),
            new AdaptedModule(1, ModuleType.O, 4, 4));

    private static final ModelShape SHAPE = new ModelShape(2, MODULES);
    /** Of slopes, which are about 1: what rounding of fp32 leaves of a zero is far below. */
    private static final double ZERO = 1e-3;

    private static final Random RANDOM = new Random(13);

    static Stream<Arguments> families() {
        List<Arguments> families = new ArrayList<>();
        // Up to a rank that is above every side, and above the inputs of modules that share an A.
        for (int rank : new int[] {1, 3, 4, 5, 9}) {
            families.add(Arguments.of("LoRA, rank " + rank, new Lora(shapes(rank))));
            families.add(Arguments.of("AdaLoRA, rank " + rank, new AdaLora(shapes(rank))));
            families.add(Arguments.of("WeightLoRA, rank " + rank, new WeightLora(shapes(rank))));
            for (ShareLora.Shared shared : ShareLora.Shared.values()) {
                String name = "ShareLoRA %s, rank %d".formatted(shared, rank);
                families.add(Arguments.of(name, new ShareLora(SHAPE, shared, shapes(rank))));
            }
            families.add(Arguments.of("VeRA, rank " + rank, vera(rank)));
        }
        families.add(Arguments.of("AdaLoRA, pruned", new AdaLora(Map.of(0, shape(0, 0), 1, shape(1, 2)))));
        families.add(Arguments.of("TinyLoRA, u 3", tinyLora(3)));
        families.add(Arguments.of("TinyLoRA, u 13", tinyLora(13)));
        families.add(Arguments.of("LoRA-XS", new LoraXs(Map.of(0, xs(0), 4, xs(4)))));
        families.add(Arguments.of("BitFit", new BitFit(Map.of(0, 6, 4, 3))));
        families.add(Arguments.of("full weights", new FullWeights(Map.of(1, MODULES.get(1), 3, MODULES.get(3)))));
        return families.stream();
    }

    private static Map<Integer, LoraShape> shapes(int rank) {
        Map<Integer, LoraShape> shapes = new TreeMap<>();
        for (int module = 0; module < MODULES.size(); module++) shapes.put(module, shape(module, rank));
        return shapes;
    }

    private static LoraShape shape(int module, int rank) {
        AdaptedModule of = MODULES.get(module);
        return new LoraShape(rank, of.inWidth(), of.outWidth(), 0.5f);
    }

    private static Vera vera(int rank) {
        return new Vera(rank, 4, random(rank * 4), random(6 * rank), Map.of(0, new Vera.Module(4, 6)));
    }

    private static LoraXs.Factors xs(int module) {
        AdaptedModule of = MODULES.get(module);
        return new LoraXs.Factors(2, 1.5f, random(2 * of.inWidth()), random(of.outWidth() * 2));
    }

    /** Two modules share a v, one has its own. */
    private static TinyLora tinyLora(int u) {
        Map<Integer, TinyLora.Factors> modules = new TreeMap<>();
        for (int module : new int[] {0, 1, 3}) {
            AdaptedModule of = MODULES.get(module);
            float[] a = random(2 * of.inWidth());
            float[] b = random(of.outWidth() * 2);
            modules.put(module, new TinyLora.Factors(module / 3, 2, a, b, random(u * 4), new float[u]));
        }
        return new TinyLora(u, modules);
    }

    private static float[] random(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) RANDOM.nextGaussian();
        return numbers;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void areTheRankOfTheDerivative(String name, AdapterFamily family) {
        float[] values = random(family.trainedNumbers());
        double[][] slopes = new double[values.length][];
        for (int i = 0; i < values.length; i++) slopes[i] = slope(family, values, i);
        assertThat(family.degreesOfFreedom()).as(name).isEqualTo(rank(slopes));
    }

    /** By one value, in which every update is linear: the difference is exact but for rounding. */
    private static double[] slope(AdapterFamily family, float[] values, int index) {
        float[] moved = values.clone();
        moved[index] += 1;
        double[] above = updates(family, moved);
        double[] here = updates(family, values);
        for (int i = 0; i < here.length; i++) here[i] = above[i] - here[i];
        return here;
    }

    /** Of all modules, one after the other. */
    private static double[] updates(AdapterFamily family, float[] values) {
        List<Double> all = new ArrayList<>();
        for (int module = 0; module < MODULES.size(); module++) {
            ModuleUpdate update = family.update(module, values);
            for (float weight : update.dense(MODULES.get(module))) all.add((double) weight);
            for (float bias : update.bias()) all.add((double) bias);
        }
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** By elimination with the largest number left as pivot; rows are spent. */
    private static int rank(double[][] rows) {
        int rank = 0;
        while (rank < rows.length) {
            int column = 0;
            int pivot = rank;
            for (int row = rank; row < rows.length; row++) {
                for (int c = 0; c < rows[row].length; c++) {
                    if (Math.abs(rows[row][c]) <= Math.abs(rows[pivot][column])) continue;
                    pivot = row;
                    column = c;
                }
            }
            if (Math.abs(rows[pivot][column]) < ZERO) return rank;
            double[] first = rows[pivot];
            rows[pivot] = rows[rank];
            rows[rank++] = first;
            for (int row = rank; row < rows.length; row++) {
                double times = rows[row][column] / first[column];
                for (int c = 0; c < first.length; c++) rows[row][c] -= times * first[c];
            }
        }
        return rank;
    }
}
