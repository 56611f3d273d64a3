package dev.thirteen.engine.cuda;

import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceBackward;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** The kernels of gradient.cu, compiled for one shape and rank, and how each is launched. */
final class BackKernels implements AutoCloseable {
    private static final int ROW_BLOCK = 256;
    private static final int TURN_BLOCK = 128;
    private static final int CORE_BLOCK = 1024;
    private static final int HEAD_BLOCK = 1024;
    /** Parts of the rows that the gradient by R is summed in. */
    private static final int PARTS = 32;

    private final Driver driver;
    private final MemorySegment module;
    private final int extra;
    private final int normBlock;
    private final int numbers;
    private final long partials;
    private final Map<String, MemorySegment> functions = new HashMap<>();

    BackKernels(Driver driver, DecoderShape shape, int rank) {
        this.driver = driver;
        this.extra = DecoderShape.extra(rank);
        this.normBlock = StepKernels.normBlock(shape);
        this.numbers = shape.coreNumbers(rank);
        this.partials = driver.allocate(4L * PARTS * numbers);
        try (Arena arena = Arena.ofConfined()) {
            this.module = driver.load(Kernels.compile(arena, driver.architecture(), shape.constants(rank)));
        }
        for (String name : new String[] {
            "norm_back",
            "gate_up_back",
            "rotate_back",
            "keep_columns",
            "core_back",
            "core_sum",
            "head_norm",
            "head_probabilities",
            "head_directions"
        }) {
            functions.put(name, driver.function(module, name));
        }
    }

    private void launch(String name, int grid, int block, Object... arguments) {
        driver.launches().launch(function(name), grid, 1, block, arguments);
    }

    private MemorySegment function(String name) {
        MemorySegment function = functions.get(name);
        if (function == null) throw new IllegalArgumentException(name);
        return function;
    }

    /** Where a gradient by a product goes, with its columns, and the sums of these. */
    record Out(long dy, long sums) {}

    /** A norm on the way back: its input, its weight and the gradient by its output; 0 for no norm. */
    record Norm(long x, long weight, long dh) {
        static final Norm NONE = new Norm(0, 0, 0);
    }

    void norm(int size, MemorySegment rows, MemorySegment adapter, int module, Norm of, long gradient, Out to) {
        launch(
                "norm_back",
                size,
                normBlock,
                rows,
                adapter,
                module,
                of.x(),
                of.weight(),
                of.dh(),
                gradient,
                to.dy(),
                to.sums());
    }

    void gateUp(int size, MemorySegment rows, MemorySegment adapter, long y, long bias, long dm, Out to) {
        launch("gate_up_back", size, ROW_BLOCK, rows, adapter, y, bias, dm, to.dy(), to.sums());
    }

    /** Gradients by rotated queries and keys, and by values. */
    record Attended(long dq, long dk, long dv) {}

    void rotate(int size, MemorySegment rows, MemorySegment adapter, long turns, Attended of, Out to) {
        launch("rotate_back", size, TURN_BLOCK, rows, adapter, turns, of.dq(), of.dk(), of.dv(), to.dy(), to.sums());
    }

    void keepColumns(int size, long y, int columns, long t) {
        launch("keep_columns", blocks(size * extra), ROW_BLOCK, y, columns, size, t);
    }

    private static int blocks(int threads) {
        return (threads + ROW_BLOCK - 1) / ROW_BLOCK;
    }

    /** Modules of a layer that follow each other, the first of them by its number. */
    record Modules(int layer, int first, int count) {}

    /** Sums the gradient by R of some modules, in parts. */
    void core(int size, MemorySegment rows, long sums, long t, Modules of) {
        MemorySegment function = function("core_back");
        driver.launches()
                .launch(function, PARTS, of.count, CORE_BLOCK, rows, sums, t, of.first, of.layer, size, partials);
    }

    /** From the parts of all modules to cores [layers, modules, rank, rank]. */
    void sumCores(long cores) {
        launch("core_sum", blocks(numbers), ROW_BLOCK, partials, PARTS, numbers, cores);
    }

    void headNorm(DeviceBackward.Head of, long weight, long x, long h) {
        launch("head_norm", of.count(), normBlock, of.select(), weight, x, h);
    }

    void headProbabilities(DeviceBackward.Head of, long logits) {
        launch("head_probabilities", of.count(), HEAD_BLOCK, logits, of.targets(), inverse(of), of.logProbs());
    }

    void headDirections(DeviceBackward.Head of, long head, long expected) {
        launch("head_directions", of.count(), normBlock, head, of.targets(), expected, inverse(of), of.directions());
    }

    private static float inverse(DeviceBackward.Head of) {
        return (float) (1 / of.temperature());
    }

    @Override
    public void close() {
        driver.free(partials);
        driver.unload(module);
    }
}
