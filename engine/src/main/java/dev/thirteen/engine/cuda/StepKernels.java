package dev.thirteen.engine.cuda;

import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** The kernels of a decode step, all but those of gradient.cu, compiled for one shape and rank, and how each is launched. */
final class StepKernels implements AutoCloseable {
    private static final int ROW_BLOCK = 128;
    private static final int PAIR_BLOCK = 256;
    private static final int DRAW_BLOCK = 512;

    /** Heads of a row that a warp turns, one after the other; where rows are few, one. */
    private static final int TURNED_HEADS = 2;

    private static final int FEW_ROWS = 16;
    /** Numbers of a row of weights that a warp's loads ask for at once. */
    private static final int WARP_NUMBERS = 2048;
    /** Most that is asked for ahead: it takes about as long as the kernels that are waited for. */
    private static final long AHEAD_BYTES = 16L << 20;

    private final Driver driver;
    private final DecoderShape shape;
    private final int normBlock;
    private final int multiprocessors;
    private final long turns;
    private final long table;
    private final MemorySegment module;
    private final Map<String, MemorySegment> functions = new HashMap<>();

    /**
     * @param turns cosines and sines, see kernels.cu
     * @param table where the cache lies, see attention.cu
     */
    StepKernels(Driver driver, DecoderShape shape, int rank, long turns, long table) {
        this.driver = driver;
        this.shape = shape;
        this.turns = turns;
        this.table = table;
        this.normBlock = normBlock(shape);
        this.multiprocessors = driver.multiprocessors();
        try (Arena arena = Arena.ofConfined()) {
            this.module = driver.load(Kernels.compile(arena, driver.architecture(), shape.constants(rank)));
        }
        for (String name : new String[] {
            "embed",
            "add_norm",
            "gate_up",
            "make_turns",
            "rotate",
            "attend_2",
            "attend_8",
            "draw",
            "move_rows",
            "thin_1",
            "thin_2",
            "only_norm"
        }) {
            functions.put(name, driver.function(module, name));
        }
    }

    /** Threads of a block that norms a row: eight numbers each. */
    static int normBlock(DecoderShape shape) {
        return (shape.hidden() / 8 + 31) / 32 * 32;
    }

    private void launch(String name, int gridX, int gridY, int block, Object... arguments) {
        MemorySegment function = functions.get(name);
        if (function == null) throw new IllegalArgumentException(name);
        driver.launches().launch(function, gridX, gridY, block, arguments);
    }

    void embed(int size, MemorySegment rows, long embedding, long weight, long x, long h) {
        launch("embed", size, 1, normBlock, rows, embedding, weight, x, h);
    }

    /** What add_norm reads and writes: x = before + y + bias; h = norm of x. */
    record Sum(long y, long bias, long weight, long before, long x, long h) {}

    void addNorm(int size, MemorySegment rows, MemorySegment adapter, int moduleIndex, Sum of) {
        launch(
                "add_norm",
                size,
                1,
                normBlock,
                rows,
                adapter,
                moduleIndex,
                of.y,
                of.bias,
                of.weight,
                of.before,
                of.x,
                of.h);
    }

    void norm(int size, MemorySegment rows, long weight, long x, long h) {
        launch("only_norm", size, 1, normBlock, rows, weight, x, h);
    }

    void gateUp(int size, MemorySegment rows, MemorySegment adapter, long y, long bias, long m) {
        int blocks = (shape.intermediate() / 8 + ROW_BLOCK - 1) / ROW_BLOCK;
        launch("gate_up", blocks, size, ROW_BLOCK, rows, adapter, y, bias, m);
    }

    /** Fills the table of turns for positions from 0 on. */
    void makeTurns(int positions, long frequencies) {
        launch("make_turns", positions, 1, shape.width() / 2, frequencies, turns);
    }

    /** Where rotate puts queries, keys and values beside the cache; 0 for keys and values that only the cache needs. */
    record Rotated(long q, long k, long v) {}

    void rotate(int size, MemorySegment rows, MemorySegment adapter, DecoderAddresses.Layer layer, long y, Rotated to) {
        int heads = shape.heads() + 2 * shape.keyValueHeads();
        int warps = Math.min(size <= FEW_ROWS ? heads : Math.ceilDiv(heads, TURNED_HEADS), 32);
        launch(
                "rotate",
                size,
                1,
                32 * warps,
                rows,
                adapter,
                y,
                layer.qkvBias(),
                layer.qNorm(),
                layer.kNorm(),
                turns,
                table,
                to.q,
                to.k,
                to.v);
    }

    void attend(int size, MemorySegment rows, int layer, long q, long o) {
        int warps = size * shape.keyValueHeads() <= multiprocessors ? 8 : 2;
        launch("attend_" + warps, shape.keyValueHeads(), size, 32 * warps, rows, layer, q, table, o);
    }

    /** Whether {@link #thin} has a kernel for this many rows. */
    static boolean isThin(int rows) {
        return rows <= 2;
    }

    /** Memory that the next product reads first. */
    record Next(long address, long bytes) {
        static final Next NONE = new Next(0, 0);
    }

    /** A product of few rows: reading the weight is all that takes time. */
    void thin(TunedProducts.Shape of, long x, long w, long y, Next next) {
        int warps = PAIR_BLOCK / 32;
        int parts = parts(of);
        int outputs = warps / parts;
        int blocks = (of.out() + outputs - 1) / outputs;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment thin = arena.allocate(32, 8);
            int[] numbers = {of.in(), of.out(), of.stride(), parts};
            MemorySegment.copy(numbers, 0, thin, ValueLayout.JAVA_INT, 0, numbers.length);
            thin.set(ValueLayout.JAVA_LONG, 16, next.address);
            thin.set(ValueLayout.JAVA_INT, 24, (int) (Math.min(next.bytes, AHEAD_BYTES) / blocks / 16 * 16));
            launch("thin_" + of.rows(), blocks, 1, PAIR_BLOCK, x, w, y, thin);
        }
    }

    /** Parts that an output's weights are read in: all loads of a warp are under way at once, and all of the card reads. */
    private static int parts(TunedProducts.Shape of) {
        int byLength = Integer.highestOneBit(2 * ((of.in() + WARP_NUMBERS - 1) / WARP_NUMBERS) - 1);
        return Math.clamp(Math.max(byLength, of.out() < 4096 ? 2 : 1), 1, PAIR_BLOCK / 32);
    }

    void draw(int size, MemorySegment rows, long logits, long results) {
        launch("draw", size, 1, DRAW_BLOCK, rows, logits, size, results);
    }

    void move(int pairs, long list) {
        int layerHeads = shape.layers() * shape.keyValueHeads();
        launch("move_rows", pairs, layerHeads, ROW_BLOCK, table, list, pairs, shape.layers());
    }

    @Override
    public void close() {
        driver.unload(module);
    }
}
