package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceAdapter;
import dev.thirteen.engine.device.DeviceDecoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Decode steps of one model: one graph for each size of batch, captured when it is first needed. Used by one thread, which
 * has called {@link #enter()}.
 */
final class CudaDecoder implements DeviceDecoder {
    private final DecoderShape shape;
    private final DecoderAddresses addresses;
    private final int maxRows;
    private final long logits;
    private final Driver driver;
    private final Products products;
    private final AdapterMemory adapters;
    private final RowBuffers rows;
    private final RowBuffers prompts;
    private final MemorySegment rowStructure;
    private final Map<String, Long> buffers = new HashMap<>();
    private final StepGraphs graphs;
    private final Map<Integer, MemorySegment> structures = new HashMap<>();
    private final long table;
    private final long pairs;
    private final StepResults[] results;
    private final Arena arena = Arena.ofShared();
    private StepKernels kernels;
    private int next;

    /**
     * @param maxRows largest number of rows of a step
     * @param logits device memory for [maxRows, {@link DecoderShape#logits()}] bf16 numbers
     * @throws Failure when a library, a function or memory is missing
     */
    CudaDecoder(Driver driver, DecoderShape shape, DecoderAddresses addresses, int maxRows, long logits) {
        this.shape = shape;
        this.addresses = addresses;
        this.maxRows = DeviceDecoder.size(maxRows);
        this.logits = logits;
        this.driver = driver;
        this.graphs = new StepGraphs(driver);
        this.products = new Products(driver);
        this.adapters = new AdapterMemory(driver, shape, addresses);
        this.rows = new RowBuffers(driver, this.maxRows);
        this.prompts = new RowBuffers(driver, PROMPT_TOKENS);
        this.rowStructure = rows.structure(arena);
        this.table = driver.allocate(8L * (1 + 2 * shape.layers()));
        this.pairs = driver.allocate(12L * this.maxRows);
        this.results = new StepResults[] {new StepResults(driver, this.maxRows), new StepResults(driver, this.maxRows)};
        buffer("x", shape.hidden());
        buffer("h", shape.hidden());
        buffer("qkv", shape.qkv() + DecoderShape.ROOM);
        buffer("q", shape.heads() * shape.width());
        buffer("attention", shape.heads() * shape.width());
        buffer("narrow", shape.hidden() + DecoderShape.ROOM);
        buffer("wide", 2 * shape.intermediate() + DecoderShape.ROOM);
        buffer("m", shape.intermediate());
        buffers.put("results", driver.allocate(12L * this.maxRows));
        buffers.put("turns", driver.allocate(4L * shape.positions() * shape.width()));
        this.kernels = kernels();
        kernels.makeTurns(shape.positions(), addresses.frequencies());
    }

    private StepKernels kernels() {
        return new StepKernels(driver, shape, adapters.rank(), buffer("turns"), table);
    }

    private void buffer(String name, int columns) {
        buffers.put(name, driver.allocate(2L * Math.max(maxRows, PROMPT_TOKENS) * columns));
    }

    @Override
    public void enter() {
        driver.enter();
    }

    @Override
    public void cache(int capacity, long[] keysAndValues) {
        MemorySegment numbers = MemorySegment.ofArray(new long[1 + keysAndValues.length]);
        numbers.setAtIndex(JAVA_LONG, 0, capacity);
        for (int i = 0; i < keysAndValues.length; i++) numbers.setAtIndex(JAVA_LONG, i + 1, keysAndValues[i]);
        driver.copyNow(table, numbers);
    }

    @Override
    public void adapter(DeviceAdapter adapter) {
        driver.await();
        boolean other = adapter.rank() != adapters.rank();
        adapters.set(adapter);
        if (other) {
            kernels.close();
            kernels = kernels();
        }
        forgetGraphs();
    }

    @Override
    public void resize(int policies) {
        driver.await();
        adapters.resize(policies);
        forgetGraphs();
    }

    @Override
    public void core(int policy, float[] numbers) {
        adapters.core(policy, numbers);
    }

    private void forgetGraphs() {
        graphs.forget();
        structures.clear();
    }

    @Override
    public RowBuffers rows() {
        return rows;
    }

    @Override
    public Supplier<double[]> step(int count) {
        rows.clear(count, DeviceDecoder.size(count));
        rows.send();
        return again(count);
    }

    @Override
    public Supplier<double[]> again(int count) {
        int size = DeviceDecoder.size(count);
        StepResults into = results[next];
        next = (next + 1) % results.length;
        graphs.run(size, () -> prepare(size), () -> launchAll(size));
        into.fetch(buffer("results"), size);
        return () -> into.take(count);
    }

    private void prepare(int size) {
        tune(size);
        // The first run of a product may allocate, which a capture must not see. It moves the rows on: they are sent
        // anew.
        launchAll(size);
        driver.await();
        rows.send();
    }

    /** The parts of a step, in their order; those of a layer are done for each layer. */
    private enum Part {
        EMBED,
        QKV,
        ROTATE,
        ATTEND,
        OUTPUT,
        ADD_OUTPUT,
        GATE_UP,
        SILU,
        DOWN,
        ADD_DOWN,
        HEAD,
        DRAW;

        boolean ofLayer() {
            return this != EMBED && this != HEAD && this != DRAW;
        }
    }

    private void launchAll(int size) {
        MemorySegment row = rowStructure;
        // The first waits for all of the step before.
        launch(Part.EMBED, 0, size, row);
        driver.launches().overlapping(() -> {
            for (int layer = 0; layer < shape.layers(); layer++) {
                for (Part part : Part.values()) if (part.ofLayer()) launch(part, layer, size, row);
            }
            launch(Part.HEAD, 0, size, row);
            launch(Part.DRAW, 0, size, row);
        });
    }

    private void launch(Part part, int index, int size, MemorySegment row) {
        DecoderAddresses.Layer layer = addresses.layers().get(index);
        long x = buffer("x");
        long h = buffer("h");
        switch (part) {
            case EMBED -> kernels.embed(size, row, addresses.embedding(), layer.inputNorm(), x, h);
            case QKV -> product(index, 0, "h", "qkv", size, StepKernels.Next.NONE);
            case ROTATE -> rotate(index, size, row, new StepKernels.Rotated(buffer("q"), 0, 0));
            case ATTEND -> kernels.attend(size, row, index, buffer("q"), buffer("attention"));
            case OUTPUT -> product(index, 1, "attention", "narrow", size, weights(index, 2));
            case ADD_OUTPUT -> kernels.addNorm(size, row, adapter(index, 1), 3, sum(layer.oBias(), layer.postNorm()));
            case GATE_UP -> product(index, 2, "h", "wide", size, StepKernels.Next.NONE);
            case SILU -> kernels.gateUp(size, row, adapter(index, 2), buffer("wide"), layer.gateUpBias(), buffer("m"));
            case DOWN -> product(index, 3, "m", "narrow", size, StepKernels.Next.NONE);
            case ADD_DOWN -> kernels.addNorm(size, row, adapter(index, 3), 6, sum(layer.downBias(), nextNorm(index)));
            case HEAD -> multiply(headShape(size), h, addresses.head(), logits, StepKernels.Next.NONE);
            case DRAW -> kernels.draw(size, row, logits, buffer("results"));
        }
    }

    private void rotate(int layer, int size, MemorySegment row, StepKernels.Rotated to) {
        kernels.rotate(size, row, adapter(layer, 0), addresses.layers().get(layer), buffer("qkv"), to);
    }

    @Override
    public RowBuffers prompts() {
        return prompts;
    }

    @Override
    public void prefill(int count, Prompt prompt) {
        prompts.send();
        MemorySegment row = prompts.structure(arena);
        StepKernels.Rotated rotated = new StepKernels.Rotated(prompt.q(), prompt.k(), prompt.v());
        launch(Part.EMBED, 0, count, row);
        for (int layer = 0; layer < shape.layers(); layer++) {
            launch(Part.QKV, layer, count, row);
            rotate(layer, count, row, rotated);
            // Nothing after the keys and values of the last layer is wanted.
            if (layer == shape.layers() - 1) break;
            prompt.attention().run();
            long o = addresses.matrix(4 * layer + 1);
            multiply(shape(1, count), prompt.o(), o, buffer("narrow"), StepKernels.Next.NONE);
            for (Part part : new Part[] {Part.ADD_OUTPUT, Part.GATE_UP, Part.SILU, Part.DOWN, Part.ADD_DOWN}) {
                launch(part, layer, count, row);
            }
        }
        // What is sent next must not overtake what is read still.
        driver.await();
    }

    private StepKernels.Sum sum(long bias, long weight) {
        return new StepKernels.Sum(buffer("narrow"), bias, weight, buffer("x"), buffer("x"), buffer("h"));
    }

    private long nextNorm(int layer) {
        return layer + 1 < shape.layers() ? addresses.layers().get(layer + 1).inputNorm() : addresses.finalNorm();
    }

    @Override
    public Map<String, Double> profile(int count, int repeats) {
        int size = DeviceDecoder.size(count);
        rows.clear(count, size);
        rows.send();
        launchAll(size);
        driver.await();
        Map<String, Double> micros = new LinkedHashMap<>();
        MemorySegment row = rows.structure(arena);
        rows.send();
        double whole = micros(repeats, () -> launchAll(size));
        rows.send();
        for (Part part : Part.values()) {
            int layers = part.ofLayer() ? shape.layers() : 1;
            micros.put(part.name(), micros(repeats, () -> {
                for (int layer = 0; layer < layers; layer++) launch(part, layer, size, row);
            }));
        }
        micros.put(WHOLE_STEP, whole);
        return micros;
    }

    private double micros(int repeats, Runnable work) {
        MemorySegment graph = driver.capture(work);
        driver.replay(graph);
        driver.await();
        long start = System.nanoTime();
        for (int i = 0; i < repeats; i++) driver.replay(graph);
        driver.await();
        driver.destroy(graph);
        return (System.nanoTime() - start) / 1e3 / repeats;
    }

    private void product(int layer, int kind, String from, String to, int size, StepKernels.Next next) {
        multiply(shape(kind, size), buffer(from), addresses.matrix(4 * layer + kind), buffer(to), next);
    }

    /** A matrix that is read after kernels that leave memory idle, rotation and attention. */
    private StepKernels.Next weights(int layer, int kind) {
        return new StepKernels.Next(addresses.matrix(4 * layer + kind), 2L * shape.in(kind) * shape.out(kind));
    }

    private void multiply(TunedProducts.Shape of, long x, long w, long y, StepKernels.Next next) {
        products.multiply(kernels, of, x, w, y, next);
    }

    private TunedProducts.Shape shape(int kind, int size) {
        int columns = shape.out(kind) + DecoderShape.extra(adapters.rank());
        return new TunedProducts.Shape(size, shape.in(kind), columns, columns);
    }

    private TunedProducts.Shape headShape(int size) {
        return new TunedProducts.Shape(size, shape.hidden(), shape.vocabulary(), shape.logits());
    }

    private void tune(int size) {
        for (int kind = 0; kind < 4; kind++) {
            String from = kind == 1 ? "attention" : kind == 3 ? "m" : "h";
            String to = kind == 0 ? "qkv" : kind == 2 ? "wide" : "narrow";
            products.tune(shape(kind, size), buffer(from), addresses.matrix(kind), buffer(to));
        }
        products.tune(headShape(size), buffer("h"), addresses.head(), logits);
    }

    private MemorySegment adapter(int layer, int kind) {
        return structures.computeIfAbsent(4 * layer + kind, _ -> adapters.structure(arena, layer, kind));
    }

    private long buffer(String name) {
        Long address = buffers.get(name);
        if (address == null) throw new IllegalArgumentException(name);
        return address;
    }

    @Override
    public void move(int[] source, int[] target, int length) {
        for (int first = 0; first < source.length; first += maxRows) {
            int count = Math.min(maxRows, source.length - first);
            int[] all = new int[3 * count];
            System.arraycopy(source, first, all, 0, count);
            System.arraycopy(target, first, all, count, count);
            Arrays.fill(all, 2 * count, 3 * count, length);
            driver.copyNow(pairs, MemorySegment.ofArray(all));
            kernels.move(count, pairs);
        }
    }

    @Override
    public void close() {
        driver.await();
        forgetGraphs();
        kernels.close();
        products.close();
        adapters.close();
        buffers.values().forEach(driver::free);
        for (long address : new long[] {table, pairs}) driver.free(address);
        for (StepResults one : results) one.close();
        rows.close();
        prompts.close();
        driver.close();
        arena.close();
    }
}
