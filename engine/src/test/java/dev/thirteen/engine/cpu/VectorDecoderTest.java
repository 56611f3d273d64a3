package dev.thirteen.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bits: what is right is checked against the programs and Hugging Face, by the tests of the decoder. */
class VectorDecoderTest {
    /** Widths that fill no whole vectors. */
    private static final DecoderShape SHAPE = new DecoderShape(2, 40, 56, 4, 2, 10, 90, 64, 1e-6, true);

    private static final int ROWS = 12;
    private static final int TOKENS = 32;

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(1);

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource(VectorFormat.class)
    void aRowHasTheSameBitsAloneInABatchAndOnSeveralThreads(VectorFormat format) {
        try (VectorModel model = new VectorModel(SHAPE, source(), format, 2);
                VectorDecoder one = new VectorDecoder(model, format, 1);
                VectorDecoder two = new VectorDecoder(model, format, 3)) {
            List<LinearTerms> terms = terms();
            int[] prompt = random.ints(20, 0, SHAPE.vocabulary()).toArray();
            VectorCache together = cache(format);
            VectorCache alone = cache(format);
            List<StepRow> prompts = new ArrayList<>();
            for (int place = 0; place < ROWS; place++) {
                for (int t = 0; t < 7 + place; t++) prompts.add(new StepRow(prompt[t], place, t, terms));
            }
            two.fill(prompts, together);
            List<StepRow> rows = IntStream.range(0, ROWS)
                    .mapToObj(place -> new StepRow(place, place, 7 + place, terms))
                    .toList();
            two.advance(rows, together);
            float[] all = two.logits(0, ROWS);
            for (StepRow row : rows) {
                for (int t = 0; t < row.position(); t++) {
                    one.fill(List.of(new StepRow(prompt[t], 0, t, terms)), alone);
                }
                one.advance(List.of(new StepRow(row.token(), 0, row.position(), terms)), alone);
                float[] logits = one.logits(0, 1);
                int at = row.place() * one.logitStride();
                assertThat(Arrays.copyOf(logits, SHAPE.vocabulary()))
                        .containsExactly(Arrays.copyOfRange(all, at, at + SHAPE.vocabulary()));
            }
        }
    }

    private List<LinearTerms> terms() {
        List<LinearTerms> terms = new ArrayList<>();
        for (int at = 0; at < 4 * SHAPE.layers(); at++) {
            int in = SHAPE.in(at % 4);
            int out = SHAPE.out(at % 4);
            LinearTerms.Factors factors = LinearTerms.Factors.of(3, in, out, numbers(3 * in), numbers(3 * out));
            terms.add(new LinearTerms(factors, numbers(9), at % 2 == 0 ? numbers(out) : null));
        }
        return terms;
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) random.nextGaussian() / 4;
        return numbers;
    }

    private VectorCache cache(VectorFormat format) {
        long bytes = (long) ROWS
                * SHAPE.keyValueHeads()
                * TOKENS
                * SHAPE.width()
                * format.loops().bytes();
        long[] addresses = IntStream.range(0, 2 * SHAPE.layers())
                .mapToLong(_ -> arena.allocate(bytes).address())
                .toArray();
        return new VectorCache(TOKENS, addresses);
    }

    private VectorModel.Source source() {
        List<List<WeightPart>> layers = new ArrayList<>();
        for (int i = 0; i < SHAPE.layers(); i++) {
            int[] sizes = {
                SHAPE.hidden(),
                SHAPE.qkv() * SHAPE.hidden(),
                SHAPE.qkv(),
                SHAPE.out(1) * SHAPE.in(1),
                SHAPE.hidden(),
                SHAPE.out(2) * SHAPE.in(2),
                SHAPE.out(3) * SHAPE.in(3),
                SHAPE.width(),
                SHAPE.width(),
                0,
                0,
                0
            };
            for (int size : sizes) layers.add(size == 0 ? List.of() : List.of(part(size)));
        }
        List<List<WeightPart>> shared =
                List.of(List.of(part(SHAPE.vocabulary() * SHAPE.hidden())), List.of(part(SHAPE.hidden())));
        return new VectorModel.Source(shared, layers, numbers(SHAPE.width() / 2));
    }

    private WeightPart part(int count) {
        MemorySegment data = arena.allocate(4L * count);
        float[] numbers = numbers(count);
        for (int i = 0; i < count; i++) data.setAtIndex(ValueLayout.JAVA_FLOAT, i, numbers[i]);
        return new WeightPart(data, WeightPart.Type.F32);
    }
}
