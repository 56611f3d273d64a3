package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.FallbackLog;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Runs the loops over a toy model until they are compiled: before that each of their vectors is an object, and a step takes
 * seconds. Once a process and pair of formats, beside what else it does.
 */
public final class VectorWarmUp {
    private static final Map<List<VectorFormat>, CompletableFuture<Boolean>> DONE = new ConcurrentHashMap<>();

    private static final DecoderShape TOY = new DecoderShape(2, 64, 128, 4, 2, 32, 1000, 256, 1e-6, true);
    private static final int ROWS = 16;
    private static final int TOKENS = 64;
    private static final int STEPS = 50;
    /** Compiled, a step of the toy takes a fifth of this; not compiled, a hundred times as much. */
    private static final long COMPILED_NANOS = 1_000_000L * STEPS;

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private VectorWarmUp() {}

    /**
     * True when the loops are compiled, false when they never will be; begins with it when first asked.
     *
     * @param weights format of the matrices
     * @param cache format of keys and values
     */
    public static CompletableFuture<Boolean> of(VectorFormat weights, VectorFormat cache) {
        return DONE.computeIfAbsent(List.of(weights, cache), _ -> {
            CompletableFuture<Boolean> done = new CompletableFuture<>();
            Thread.ofPlatform().daemon().name("compiling the loops").start(() -> done.complete(run(weights, cache)));
            return done;
        });
    }

    private static boolean run(VectorFormat weights, VectorFormat cache) {
        long began = System.nanoTime();
        try (Arena arena = Arena.ofShared();
                VectorModel model = new VectorModel(TOY, source(arena), weights, 1);
                VectorDecoder decoder = new VectorDecoder(model, cache, 1)) {
            VectorCache memory = cache(arena, cache);
            while (System.nanoTime() - began < PATIENCE_NANOS) {
                long start = System.nanoTime();
                for (int i = 0; i < STEPS; i++) step(decoder, memory, i % TOKENS);
                if (System.nanoTime() - start < COMPILED_NANOS) return true;
            }
            FallbackLog.say("decoding by programs", "loops over vectors are not compiled after a minute");
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            FallbackLog.say("decoding by programs", "loops over vectors failed: " + e);
        }
        return false;
    }

    private static void step(VectorDecoder decoder, VectorCache cache, int position) {
        List<StepRow> rows = new ArrayList<>();
        List<PlainDraw> draws = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(new StepRow(i, i, position, List.of()));
            draws.add(new PlainDraw(i % 2 == 0 ? 1 : 0.5, i / (double) ROWS));
        }
        decoder.advance(rows, cache);
        decoder.draw(draws);
    }

    private static VectorCache cache(Arena arena, VectorFormat format) {
        long bytes = (long) ROWS
                * TOY.keyValueHeads()
                * TOKENS
                * TOY.width()
                * format.loops().bytes();
        long[] addresses = IntStream.range(0, 2 * TOY.layers())
                .mapToLong(_ -> arena.allocate(bytes).address())
                .toArray();
        return new VectorCache(TOKENS, addresses);
    }

    private static VectorModel.Source source(Arena arena) {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        int hidden = TOY.hidden();
        List<List<WeightPart>> layers = new ArrayList<>();
        for (int i = 0; i < TOY.layers(); i++) {
            int[] sizes = {
                hidden,
                TOY.qkv() * hidden,
                TOY.qkv(),
                TOY.out(1) * TOY.in(1),
                hidden,
                TOY.out(2) * hidden,
                TOY.out(3) * TOY.in(3),
                TOY.width(),
                TOY.width(),
                0,
                0,
                0
            };
            for (int size : sizes) layers.add(size == 0 ? List.of() : List.of(part(arena, random, size)));
        }
        List<List<WeightPart>> shared =
                List.of(List.of(part(arena, random, TOY.vocabulary() * hidden)), List.of(part(arena, random, hidden)));
        float[] frequencies = new float[TOY.width() / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = (float) random.nextDouble();
        return new VectorModel.Source(shared, layers, frequencies);
    }

    private static WeightPart part(Arena arena, RandomGenerator random, int count) {
        MemorySegment data = arena.allocate((long) count * Float.BYTES);
        for (int i = 0; i < count; i++) data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() / 8);
        return new WeightPart(data, WeightPart.Type.F32);
    }
}
