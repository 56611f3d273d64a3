package dev.thirteen.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by libtorch's kernels against those by the loops: of pairs where this processor multiplies tiles, else without. */
class ProductsTest {
    private static Brgemm kernels;

    private final Arena arena = Arena.ofShared();

    @BeforeAll
    static void loadLibtorch() {
        Engine.getEngine("PyTorch");
        kernels = Brgemm.find().orElseThrow();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"96, 64, 1, 0", "90, 40, 3, 0", "576, 1536, 5, 2", "33, 128, 9, 1"})
    void multipliesAsTheLoopsDo(int out, int in, int blocks, int first) {
        ToyModel toy = new ToyModel(new DecoderShape(1, in, in, 1, 1, in, out, 8, 1e-6, true), arena, 1);
        float[] weights = toy.numbers(out * in);
        WeightPart part = new WeightPart(arena.allocateFrom(ValueLayout.JAVA_FLOAT, weights), WeightPart.Type.F32);
        Inputs blocked = new BlockedInputs();
        Inputs rows = new Bf16Inputs();
        int all = (first + blocks) * Loops.ROWS;
        blocked.reach(all * in);
        rows.reach(all * in);
        for (int row = 0; row < all; row++) {
            float[] numbers = toy.numbers(in);
            Lanes.round(numbers, 0, in);
            blocked.put(row, numbers, 0, in);
            rows.put(row, numbers, 0, in);
        }
        try (Team team = new Team(2)) {
            Strips strips =
                    new Strips(arena, new LoopProducts(VectorFormat.BF16.loops()), out, in).fill(team, List.of(part));
            Strips paired = new Strips(arena, new KernelProducts(kernels), out, in).fill(team, List.of(part));
            float[] expected = new float[blocks * Loops.ROWS * strips.width()];
            float[] found = new float[expected.length];
            strips.product(team, blocked, first, blocks, expected);
            paired.product(team, rows, first, blocks, found);
            assertThat(paired.width()).isEqualTo(strips.width());
            assertThat(found).containsExactly(expected, Offset.offset(1e-4f));
        }
    }

    @Test
    void decodesAsTheLoopsDo() {
        DecoderShape shape = new DecoderShape(2, 40, 56, 4, 2, 10, 90, 64, 1e-6, true);
        VectorModel.Source source = new ToyModel(shape, arena, 1).source();
        float[] expected = logits(shape, source, Optional.empty());
        float[] found = logits(shape, source, Optional.of(kernels));
        double largest = 0;
        double scale = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - found[i]));
            scale = Math.max(scale, Math.abs(expected[i]));
        }
        // Another order of sums may round a number of bf16 the other way, here and there: eight bits.
        assertThat(largest).isLessThan(scale / 64);
        assertThat(scale).isGreaterThan(1);
    }

    private float[] logits(DecoderShape shape, VectorModel.Source source, Optional<Brgemm> products) {
        VectorFormat format = VectorFormat.BF16;
        int[] tokens = new Random(1).ints(20, 0, shape.vocabulary()).toArray();
        try (VectorModel model = new VectorModel(shape, source, format, products, 2);
                VectorDecoder decoder = new VectorDecoder(model, format, 2)) {
            VectorCache cache = new ToyModel(shape, arena, 1).cache(3, 32, format);
            List<StepRow> prompts = new ArrayList<>();
            List<StepRow> rows = new ArrayList<>();
            for (int place = 0; place < 3; place++) {
                for (int t = 0; t < 5 + place; t++) prompts.add(new StepRow(tokens[t], place, t, List.of()));
                rows.add(new StepRow(place, place, 5 + place, List.of()));
            }
            decoder.fill(prompts, cache);
            decoder.advance(rows, cache);
            return Arrays.copyOf(decoder.logits(0, rows.size()), rows.size() * decoder.logitStride());
        }
    }
}
