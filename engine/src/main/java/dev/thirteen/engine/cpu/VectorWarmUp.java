package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.FallbackLog;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs the loops over a toy model until they are compiled: before that each of their vectors is an object, and a step takes
 * seconds. Once a process, pair of formats and kind of products, beside what else it does.
 */
public final class VectorWarmUp {
    private static final Map<List<Object>, CompletableFuture<Boolean>> DONE = new ConcurrentHashMap<>();

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
     * @param kernels that multiply, none where the loops do
     */
    public static CompletableFuture<Boolean> of(VectorFormat weights, VectorFormat cache, Optional<Brgemm> kernels) {
        return DONE.computeIfAbsent(List.of(weights, cache, kernels.isPresent()), _ -> {
            CompletableFuture<Boolean> done = new CompletableFuture<>();
            Thread.ofPlatform()
                    .daemon()
                    .name("compiling the loops")
                    .start(() -> done.complete(run(weights, cache, kernels)));
            return done;
        });
    }

    private static boolean run(VectorFormat weights, VectorFormat cache, Optional<Brgemm> kernels) {
        try (Arena arena = Arena.ofShared()) {
            return isCompiled(new ToyModel(TOY, arena, 1), weights, cache, kernels);
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            FallbackLog.say("decoding by programs", "loops over vectors failed: " + e);
            return false;
        }
    }

    private static boolean isCompiled(
            ToyModel toy, VectorFormat weights, VectorFormat cache, Optional<Brgemm> kernels) {
        long began = System.nanoTime();
        try (VectorModel model = new VectorModel(TOY, toy.source(), weights, kernels, 1);
                VectorDecoder decoder = new VectorDecoder(model, cache, 1)) {
            VectorCache memory = toy.cache(ROWS, TOKENS, cache);
            while (System.nanoTime() - began < PATIENCE_NANOS) {
                long start = System.nanoTime();
                for (int i = 0; i < STEPS; i++) step(decoder, memory, i % TOKENS);
                if (System.nanoTime() - start < COMPILED_NANOS) return true;
            }
        }
        FallbackLog.say("decoding by programs", "loops over vectors are not compiled after a minute");
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
}
