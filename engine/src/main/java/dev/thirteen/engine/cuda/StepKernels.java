package dev.thirteen.engine.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** The kernels of kernels.cu, compiled for one shape and rank, and how each is launched. */
final class StepKernels implements AutoCloseable {
    private static final int ROW_BLOCK = 128;
    private static final int PAIR_BLOCK = 256;
    private static final int DRAW_BLOCK = 512;

    private final Driver driver;
    private final DecoderShape shape;
    private final MemorySegment module;
    private final Map<String, MemorySegment> functions = new HashMap<>();

    StepKernels(Driver driver, DecoderShape shape, int rank) {
        this.driver = driver;
        this.shape = shape;
        try (Arena arena = Arena.ofConfined()) {
            this.module = driver.load(Kernels.compile(arena, driver.architecture(), shape.constants(rank)));
        }
        for (String name : new String[] {"embed", "add_norm", "gate_up", "attend", "draw", "move_rows"}) {
            functions.put(name, driver.function(module, name));
        }
    }

    private void launch(String name, int gridX, int gridY, int block, Object... arguments) {
        MemorySegment function = functions.get(name);
        if (function == null) throw new IllegalArgumentException(name);
        driver.launch(function, gridX, gridY, block, 0, arguments);
    }

    void embed(int size, MemorySegment rows, long embedding, long weight, long x, long h) {
        launch("embed", size, 1, ROW_BLOCK, rows, embedding, weight, x, h);
    }

    void addNorm(
            int size,
            MemorySegment rows,
            MemorySegment adapter,
            int moduleIndex,
            long y,
            long bias,
            long weight,
            long x,
            long h) {
        launch("add_norm", size, 1, ROW_BLOCK, rows, adapter, moduleIndex, y, bias, weight, x, h);
    }

    void gateUp(int size, MemorySegment rows, MemorySegment adapter, long y, long bias, long m) {
        int blocks = (shape.intermediate() / 2 + PAIR_BLOCK - 1) / PAIR_BLOCK;
        launch("gate_up", blocks, size, PAIR_BLOCK, rows, adapter, y, bias, m);
    }

    void attend(
            int size,
            MemorySegment rows,
            MemorySegment adapter,
            long y,
            DecoderAddresses.Layer layer,
            long frequencies,
            long table,
            long o) {
        launch(
                "attend",
                shape.keyValueHeads(),
                size,
                ROW_BLOCK,
                rows,
                adapter,
                y,
                layer.qkvBias(),
                layer.qNorm(),
                layer.kNorm(),
                frequencies,
                table,
                o);
    }

    void draw(int size, MemorySegment rows, long logits, long results) {
        launch("draw", size, 1, DRAW_BLOCK, rows, logits, size, results);
    }

    void move(int pairs, int layerHeads, long table, long list, int layers) {
        launch("move_rows", pairs, layerHeads, ROW_BLOCK, table, list, pairs, layers);
    }

    @Override
    public void close() {
        driver.unload(module);
    }
}
