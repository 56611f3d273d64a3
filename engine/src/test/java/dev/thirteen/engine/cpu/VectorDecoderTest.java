package dev.thirteen.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bits: what is right is checked against the programs and Hugging Face, by the tests of the decoder. */
class VectorDecoderTest {
    /** Widths that fill no whole vectors. */
    private static final DecoderShape SHAPE = new DecoderShape(2, 40, 56, 4, 2, 10, 90, 256, 1e-6, true);

    private static final int ROWS = 12;
    private static final int TOKENS = 160;
    /** Longer than a chunk of a prompt's keys, and than a step of rows. */
    private static final int LONG_PROMPT = 143;

    private final Arena arena = Arena.ofShared();
    private final ToyModel toy = new ToyModel(SHAPE, arena, 1);

    @AfterEach
    void free() {
        arena.close();
    }

    /** libtorch's kernels too, where this processor multiplies tiles; elsewhere they are no kernels of one thread. */
    static List<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>();
        for (VectorFormat format : VectorFormat.values()) ways.add(Arguments.of(format, Optional.empty()));
        if (Processor.multipliesTiles()) {
            Engine.getEngine("PyTorch");
            ways.add(Arguments.of(VectorFormat.BF16, Optional.of(Brgemm.find().orElseThrow())));
        }
        return ways;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aRowHasTheSameBitsAloneInABatchAndOnSeveralThreads(VectorFormat format, Optional<Brgemm> kernels) {
        try (VectorModel model = new VectorModel(SHAPE, toy.source(), format, kernels, 2);
                VectorDecoder one = new VectorDecoder(model, format, 1);
                VectorDecoder two = new VectorDecoder(model, format, 3)) {
            List<LinearTerms> terms = terms();
            int[] prompt = new Random(1).ints(TOKENS, 0, SHAPE.vocabulary()).toArray();
            VectorCache together = toy.cache(ROWS, TOKENS, format);
            VectorCache alone = toy.cache(ROWS, TOKENS, format);
            List<StepRow> prompts = new ArrayList<>();
            for (int place = 0; place < ROWS; place++) {
                for (int t = 0; t < length(place); t++) prompts.add(new StepRow(prompt[t], place, t, terms));
            }
            two.fill(prompts, together);
            List<StepRow> rows = IntStream.range(0, ROWS)
                    .mapToObj(place -> new StepRow(place, place, length(place), terms))
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

    private static int length(int place) {
        return place == 1 ? LONG_PROMPT : 7 + place;
    }

    private List<LinearTerms> terms() {
        List<LinearTerms> terms = new ArrayList<>();
        for (int at = 0; at < 4 * SHAPE.layers(); at++) {
            int in = SHAPE.in(at % 4);
            int out = SHAPE.out(at % 4);
            LinearTerms.Factors factors = LinearTerms.Factors.of(3, in, out, toy.numbers(3 * in), toy.numbers(3 * out));
            terms.add(new LinearTerms(factors, toy.numbers(9), at % 2 == 0 ? toy.numbers(out) : null));
        }
        return terms;
    }
}
