package dev.thirteen.engine.cuda;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** The kernels of gradient.cu, compiled for one shape and rank, and how each is launched. */
final class BackKernels implements AutoCloseable {
    private static final int ROW_BLOCK = 256;
    private static final int SUM_BLOCK = 1024;

    private final Driver driver;
    private final MemorySegment module;
    private final Map<String, MemorySegment> functions = new HashMap<>();

    BackKernels(Driver driver, DecoderShape shape, int rank) {
        this.driver = driver;
        try (Arena arena = Arena.ofConfined()) {
            this.module = driver.load(Kernels.compile(arena, driver.architecture(), shape.constants(rank)));
        }
        for (String name : new String[] {"norm_back", "gate_up_back", "rotate_back", "keep_columns", "core_back"}) {
            functions.put(name, driver.function(module, name));
        }
    }

    private void launch(String name, int grid, int block, Object... arguments) {
        MemorySegment function = functions.get(name);
        if (function == null) throw new IllegalArgumentException(name);
        driver.launch(function, grid, 1, block, 0, arguments);
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
                ROW_BLOCK,
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
        launch("rotate_back", size, ROW_BLOCK, rows, adapter, turns, of.dq(), of.dk(), of.dv(), to.dy(), to.sums());
    }

    void keepColumns(int size, long y, int columns, long t) {
        int numbers = size * DecoderShape.EXTRA;
        launch("keep_columns", (numbers + ROW_BLOCK - 1) / ROW_BLOCK, ROW_BLOCK, y, columns, size, t);
    }

    /** Columns of a product: rows {@code stride} numbers apart, from {@code offset} on. */
    record Columns(long t, int stride, int offset) {}

    void core(int size, MemorySegment rows, long sums, Columns of, int first, long cores) {
        launch("core_back", 1, SUM_BLOCK, rows, sums, of.t(), of.stride(), of.offset(), first, size, cores);
    }

    @Override
    public void close() {
        driver.unload(module);
    }
}
