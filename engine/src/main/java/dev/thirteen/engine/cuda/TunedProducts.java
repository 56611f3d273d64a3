package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.cuda.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Matrix products of shapes that come again and again: of what cuBLASLt proposes for a shape, the quickest on this device is
 * kept. Products of other shapes are {@link Cublas}'s.
 */
final class TunedProducts implements AutoCloseable {
    /** A product y [rows, out] = x [rows, in] wᵀ; rows of y begin {@code stride} numbers apart. */
    record Shape(int rows, int in, int out, int stride) {}

    /** A shape in the library's terms, with the algorithm that was quickest. */
    private record Plan(
            MemorySegment product, MemorySegment w, MemorySegment x, MemorySegment y, MemorySegment algorithm) {}

    private static final int BF16 = 14;
    private static final int FP32 = 0;
    private static final int COMPUTE_FP32 = 68;
    private static final int TRANSPOSE_FIRST = 3;
    private static final int TRANSPOSED = 1;
    private static final int WORKSPACE_LIMIT = 1;
    private static final long WORKSPACE_BYTES = 64L << 20;
    private static final int PROPOSALS = 16;
    /** An algorithm, the workspace that it wants, a status, a number and room for more. */
    private static final int PROPOSAL_BYTES = 96;

    private static final int RUNS = 5;

    private final Arena arena = Arena.ofShared();
    private final Driver driver;
    private final NativeLibrary library =
            NativeLibrary.open(List.of("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"));
    private final Map<Shape, Plan> plans = new HashMap<>();
    private final Function multiply;
    private final Function layout;
    private final MemorySegment handle;
    private final MemorySegment one;
    private final MemorySegment zero;
    private final long workspace;

    TunedProducts(Driver driver) {
        this.driver = driver;
        this.multiply = library.function(
                "cublasLtMatmul",
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                ADDRESS,
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS);
        this.layout =
                library.function("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        MemorySegment slot = arena.allocate(ADDRESS);
        library.function("cublasLtCreate", ADDRESS).call(slot);
        this.handle = slot.get(ADDRESS, 0);
        this.one = arena.allocateFrom(JAVA_FLOAT, 1);
        this.zero = arena.allocateFrom(JAVA_FLOAT, 0);
        this.workspace = driver.allocate(WORKSPACE_BYTES);
    }

    /** Finds the quickest algorithm for a shape, if it is a new one; must not be called while a graph is captured. */
    void tune(Shape shape, long x, long w, long y) {
        plans.computeIfAbsent(shape, one -> plan(one, x, w, y));
    }

    boolean knows(Shape shape) {
        return plans.containsKey(shape);
    }

    /** A product of a shape that was tuned. */
    void linear(Shape shape, long x, long w, long y) {
        Plan plan = plans.get(shape);
        if (plan == null) throw new IllegalArgumentException(shape + " is not tuned");
        run(plan, plan.algorithm(), x, w, y);
    }

    private void run(Plan plan, MemorySegment algorithm, long x, long w, long y) {
        multiply.call(
                handle,
                plan.product(),
                one,
                w,
                plan.w(),
                x,
                plan.x(),
                zero,
                y,
                plan.y(),
                y,
                plan.y(),
                algorithm,
                workspace,
                WORKSPACE_BYTES,
                driver.stream());
    }

    private Plan plan(Shape shape, long x, long w, long y) {
        MemorySegment slot = arena.allocate(ADDRESS);
        library.function("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT)
                .call(slot, COMPUTE_FP32, FP32);
        MemorySegment product = slot.get(ADDRESS, 0);
        library.function("cublasLtMatmulDescSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG)
                .call(product, TRANSPOSE_FIRST, arena.allocateFrom(JAVA_INT, TRANSPOSED), 4L);
        // Column by column, as the library sees memory, y is wᵀ' x.
        Plan open = new Plan(
                product,
                matrix(shape.in(), shape.out(), shape.in()),
                matrix(shape.in(), shape.rows(), shape.in()),
                matrix(shape.out(), shape.rows(), shape.stride()),
                MemorySegment.NULL);
        MemorySegment quickest = quickest(open, proposals(open), x, w, y);
        return new Plan(product, open.w(), open.x(), open.y(), quickest);
    }

    private MemorySegment matrix(long rows, long columns, long stride) {
        MemorySegment slot = arena.allocate(ADDRESS);
        layout.call(slot, BF16, rows, columns, stride);
        return slot.get(ADDRESS, 0);
    }

    private List<MemorySegment> proposals(Plan plan) {
        MemorySegment slot = arena.allocate(ADDRESS);
        library.function("cublasLtMatmulPreferenceCreate", ADDRESS).call(slot);
        MemorySegment preference = slot.get(ADDRESS, 0);
        library.function("cublasLtMatmulPreferenceSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG)
                .call(preference, WORKSPACE_LIMIT, arena.allocateFrom(JAVA_LONG, WORKSPACE_BYTES), 8L);
        MemorySegment found = arena.allocate((long) PROPOSALS * PROPOSAL_BYTES, 16);
        MemorySegment count = arena.allocate(JAVA_INT);
        library.function(
                        "cublasLtMatmulAlgoGetHeuristic",
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS)
                .call(
                        handle,
                        plan.product(),
                        plan.w(),
                        plan.x(),
                        plan.y(),
                        plan.y(),
                        preference,
                        PROPOSALS,
                        found,
                        count);
        return IntStream.range(0, count.get(JAVA_INT, 0))
                .mapToObj(i -> found.asSlice((long) i * PROPOSAL_BYTES, PROPOSAL_BYTES))
                .toList();
    }

    private MemorySegment quickest(Plan plan, List<MemorySegment> proposals, long x, long w, long y) {
        MemorySegment best = proposals.getFirst();
        long least = Long.MAX_VALUE;
        for (MemorySegment proposal : proposals) {
            run(plan, proposal, x, w, y);
            driver.await();
            long start = System.nanoTime();
            for (int i = 0; i < RUNS; i++) run(plan, proposal, x, w, y);
            driver.await();
            long time = System.nanoTime() - start;
            if (time < least) {
                least = time;
                best = proposal;
            }
        }
        return best;
    }

    @Override
    public void close() {
        library.function("cublasLtDestroy", ADDRESS).call(handle);
        driver.free(workspace);
        arena.close();
    }
}
