package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random weights of a small shape, with biases of q, k and v and norms of heads, and a cache, in memory that it is given. */
final class ToyModel {
    private final DecoderShape shape;
    private final Arena arena;
    private final Random random;

    ToyModel(DecoderShape shape, Arena arena, long seed) {
        this.shape = shape;
        this.arena = arena;
        this.random = new Random(seed);
    }

    VectorModel.Source source() {
        List<List<WeightPart>> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            int[] sizes = {
                shape.hidden(),
                shape.qkv() * shape.hidden(),
                shape.qkv(),
                shape.out(VectorModel.OUTPUT) * shape.in(VectorModel.OUTPUT),
                shape.hidden(),
                shape.out(VectorModel.GATE_UP) * shape.in(VectorModel.GATE_UP),
                shape.out(VectorModel.DOWN) * shape.in(VectorModel.DOWN),
                shape.width(),
                shape.width(),
                0,
                0,
                0
            };
            for (int size : sizes) layers.add(size == 0 ? List.of() : List.of(part(size)));
        }
        List<List<WeightPart>> shared =
                List.of(List.of(part(shape.vocabulary() * shape.hidden())), List.of(part(shape.hidden())));
        return new VectorModel.Source(shared, layers, numbers(shape.width() / 2));
    }

    /** Normal numbers of deviation 1/4. */
    float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) random.nextGaussian() / 4;
        return numbers;
    }

    private WeightPart part(int count) {
        MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers(count));
        return new WeightPart(data, WeightPart.Type.F32);
    }

    VectorCache cache(int rows, int tokens, VectorFormat format) {
        long bytes = (long) rows
                * shape.keyValueHeads()
                * tokens
                * shape.width()
                * format.loops().bytes();
        long[] addresses = IntStream.range(0, 2 * shape.layers())
                .mapToLong(_ -> arena.allocate(bytes).address())
                .toArray();
        return new VectorCache(tokens, addresses);
    }
}
