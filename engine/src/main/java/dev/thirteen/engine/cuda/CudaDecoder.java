package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.core.failure.Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decode steps of one model: one graph for each size of batch, captured when it is first needed. Used by one thread, which
 * has called {@link #enter()}.
 */
public final class CudaDecoder implements AutoCloseable {
    private static final int MODULES = 7;

    private final DecoderShape shape;
    private final DecoderAddresses addresses;
    private final int maxRows;
    private final long logits;
    private final Driver driver;
    private final Cublas cublas;
    private final RowBuffers rows;
    private final Map<String, Long> buffers = new HashMap<>();
    private final Map<Integer, MemorySegment> graphs = new HashMap<>();
    private final long table;
    private final long pairs;
    private final MemorySegment results;
    private final List<Long> factors = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private StepKernels kernels;
    private int rank = 1;
    private int policies = 1;
    private long cores;

    /**
     * @param maxRows largest number of rows of a step
     * @param logits device memory for [maxRows, {@link DecoderShape#logits()}] bf16 numbers
     * @throws Failure when a library, a function or memory is missing
     */
    public CudaDecoder(DecoderShape shape, DecoderAddresses addresses, int maxRows, long logits) {
        this.shape = shape;
        this.addresses = addresses;
        this.maxRows = size(maxRows);
        this.logits = logits;
        this.driver = new Driver();
        this.cublas = new Cublas(driver);
        this.rows = new RowBuffers(driver, this.maxRows);
        this.table = driver.allocate(8L * (1 + 2 * shape.layers()));
        this.pairs = driver.allocate(12L * this.maxRows);
        this.results = driver.allocateHost(12L * this.maxRows);
        buffer("x", shape.hidden());
        buffer("h", shape.hidden());
        buffer("qkv", shape.qkv() + DecoderShape.EXTRA);
        buffer("attention", shape.heads() * shape.width());
        buffer("narrow", shape.hidden() + DecoderShape.EXTRA);
        buffer("wide", 2 * shape.intermediate() + DecoderShape.EXTRA);
        buffer("m", shape.intermediate());
        buffers.put("results", driver.allocate(12L * this.maxRows));
        this.cores = driver.allocate(coreBytes());
        for (int i = 0; i < 4 * shape.layers(); i++) factors.add(driver.allocate(2L * out(i % 4)));
        this.kernels = new StepKernels(driver, shape, rank);
    }

    private void buffer(String name, int columns) {
        buffers.put(name, driver.allocate(2L * maxRows * columns));
    }

    /** Number of rows that a graph for this many rows has: few graphs serve all. */
    static int size(int rows) {
        if (rows <= 8) return Math.max(1, Integer.highestOneBit(2 * rows - 1));
        int step = rows <= 64 ? 8 : rows <= 512 ? 32 : 128;
        return (rows + step - 1) / step * step;
    }

    private int out(int kind) {
        return switch (kind) {
            case 0 -> shape.qkv();
            case 2 -> 2 * shape.intermediate();
            default -> shape.hidden();
        };
    }

    private int in(int kind) {
        return switch (kind) {
            case 1 -> shape.heads() * shape.width();
            case 3 -> shape.intermediate();
            default -> shape.hidden();
        };
    }

    private long coreBytes() {
        return 4L * policies * coreNumbers();
    }

    /** Numbers of all R of one policy. */
    private int coreNumbers() {
        return shape.layers() * MODULES * rank * rank;
    }

    /** Makes the calling thread work on the device. */
    public void enter() {
        driver.enter();
    }

    /** Where keys and values of each layer lie, [rows, kv heads, capacity, width]; may change between steps. */
    public void cache(int capacity, long[] keysAndValues) {
        MemorySegment numbers = MemorySegment.ofArray(new long[1 + keysAndValues.length]);
        numbers.setAtIndex(JAVA_LONG, 0, capacity);
        for (int i = 0; i < keysAndValues.length; i++) numbers.setAtIndex(JAVA_LONG, i + 1, keysAndValues[i]);
        driver.copyNow(table, numbers);
    }

    /** Takes the place of the adapter before; all R are forgotten. */
    public void adapter(DeviceAdapter adapter) {
        driver.await();
        if (adapter.rank() != rank) {
            rank = adapter.rank();
            kernels.close();
            kernels = new StepKernels(driver, shape, rank);
            resize(policies);
        }
        for (int i = 0; i < 4 * shape.layers(); i++) {
            driver.copyNow(matrix(i) + 2L * out(i % 4) * in(i % 4), MemorySegment.ofArray(filled(adapter.a()[i], i)));
            driver.free(factors.get(i));
            factors.set(i, driver.allocate(2L * adapter.b()[i].length));
            driver.copyNow(factors.get(i), MemorySegment.ofArray(adapter.b()[i]));
        }
        forgetGraphs();
    }

    private short[] filled(short[] a, int linear) {
        return Arrays.copyOf(a, DecoderShape.EXTRA * in(linear % 4));
    }

    private long matrix(int linear) {
        DecoderAddresses.Layer layer = addresses.layers().get(linear / 4);
        return switch (linear % 4) {
            case 0 -> layer.qkv();
            case 1 -> layer.o();
            case 2 -> layer.gateUp();
            default -> layer.down();
        };
    }

    /** Room for the R of this many policies; those that are there stay forgotten until set again. */
    public void resize(int wanted) {
        driver.await();
        policies = wanted;
        driver.free(cores);
        cores = driver.allocate(coreBytes());
        forgetGraphs();
    }

    /** Sets R of a policy: [layers, 7 modules, rank, rank] fp32. */
    public void core(int policy, float[] numbers) {
        if (numbers.length != coreNumbers()) throw new IllegalArgumentException(numbers.length + " numbers");
        driver.copyNow(cores + 4L * policy * coreNumbers(), MemorySegment.ofArray(numbers));
    }

    private void forgetGraphs() {
        graphs.values().forEach(driver::destroy);
        graphs.clear();
    }

    /** The rows of the next step, to be filled. */
    public RowBuffers rows() {
        return rows;
    }

    /**
     * One step of the first {@code count} rows.
     *
     * @param draw whether tokens are drawn; else the logits are left where the constructor was told
     * @return [3, count] of token, log-prob, raw log-prob; empty when nothing was drawn
     */
    public double[] step(int count, boolean draw) {
        int size = size(count);
        rows.clear(count, size);
        MemorySegment graph = graphs.computeIfAbsent(draw ? size : -size, key -> capture(size, draw));
        rows.send();
        driver.replay(graph);
        if (draw) driver.copy(results, buffer("results"), 12L * size);
        driver.await();
        return draw ? drawn(count, size) : new double[0];
    }

    private double[] drawn(int count, int size) {
        double[] drawn = new double[3 * count];
        for (int i = 0; i < count; i++) {
            drawn[i] = results.get(JAVA_INT, 4L * i);
            drawn[count + i] = results.get(JAVA_FLOAT, 4L * (size + i));
            drawn[2 * count + i] = results.get(JAVA_FLOAT, 4L * (2 * size + i));
        }
        return drawn;
    }

    private MemorySegment capture(int size, boolean draw) {
        // The first run of a product may allocate, which a capture must not see.
        launchAll(size, draw);
        driver.await();
        return driver.capture(() -> launchAll(size, draw));
    }

    private void launchAll(int size, boolean draw) {
        MemorySegment row = rows.structure(arena);
        long x = buffer("x");
        long h = buffer("h");
        kernels.embed(
                size, row, addresses.embedding(), addresses.layers().getFirst().inputNorm(), x, h);
        for (int i = 0; i < shape.layers(); i++) layer(i, size, row);
        cublas.linear(h, addresses.head(), logits, size, shape.hidden(), shape.vocabulary(), shape.logits());
        if (draw) kernels.draw(size, row, logits, buffer("results"));
    }

    private void layer(int index, int size, MemorySegment row) {
        DecoderAddresses.Layer layer = addresses.layers().get(index);
        long next =
                index + 1 < shape.layers() ? addresses.layers().get(index + 1).inputNorm() : addresses.finalNorm();
        product(index, 0, "h", "qkv", size);
        kernels.attend(
                size,
                row,
                adapter(index, 0),
                buffer("qkv"),
                layer,
                addresses.frequencies(),
                table,
                buffer("attention"));
        product(index, 1, "attention", "narrow", size);
        kernels.addNorm(
                size,
                row,
                adapter(index, 1),
                3,
                buffer("narrow"),
                layer.oBias(),
                layer.postNorm(),
                buffer("x"),
                buffer("h"));
        product(index, 2, "h", "wide", size);
        kernels.gateUp(size, row, adapter(index, 2), buffer("wide"), layer.gateUpBias(), buffer("m"));
        product(index, 3, "m", "narrow", size);
        kernels.addNorm(
                size, row, adapter(index, 3), 6, buffer("narrow"), layer.downBias(), next, buffer("x"), buffer("h"));
    }

    private void product(int layer, int kind, String from, String to, int size) {
        int columns = out(kind) + DecoderShape.EXTRA;
        cublas.linear(buffer(from), matrix(4 * layer + kind), buffer(to), size, in(kind), columns, columns);
    }

    /** The structure Adapter of kernels.cu. */
    private MemorySegment adapter(int layer, int kind) {
        MemorySegment structure = arena.allocate(24, 8);
        structure.set(JAVA_LONG, 0, cores);
        structure.set(JAVA_LONG, 8, factors.get(4 * layer + kind));
        structure.set(JAVA_INT, 16, layer);
        structure.set(JAVA_INT, 20, shape.layers());
        return structure;
    }

    private long buffer(String name) {
        Long address = buffers.get(name);
        if (address == null) throw new IllegalArgumentException(name);
        return address;
    }

    /** Copies the first tokens of cache rows, source [i] to target [i]. */
    public void move(int[] source, int[] target, int[] lengths) {
        int count = source.length;
        int[] all = new int[3 * count];
        System.arraycopy(source, 0, all, 0, count);
        System.arraycopy(target, 0, all, count, count);
        System.arraycopy(lengths, 0, all, 2 * count, count);
        driver.copyNow(pairs, MemorySegment.ofArray(all));
        kernels.move(count, shape.layers() * shape.keyValueHeads(), table, pairs, shape.layers());
    }

    @Override
    public void close() {
        driver.await();
        forgetGraphs();
        kernels.close();
        cublas.close();
        buffers.values().forEach(driver::free);
        factors.forEach(driver::free);
        for (long address : new long[] {table, pairs, cores}) driver.free(address);
        driver.freeHost(results);
        rows.close();
        driver.close();
        arena.close();
    }
}
