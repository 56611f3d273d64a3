package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceAdapter;
import dev.thirteen.engine.device.DeviceBackward;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Forward and backward pass over whole sequences for an adapter whose R is trained: 4 operations a weight and token, and
 * activations kept for the way back. Attention is the caller's. Used by one thread, which has called
 * {@link #enter()}.
 */
final class CudaGradient implements DeviceBackward {
    /** Places whose logits are there at once. */
    private static final int HEAD_ROWS = 2048;

    private final DecoderShape shape;
    private final DecoderAddresses addresses;
    private final int tokens;
    private final Tensors tensors;
    private final Driver driver;
    private final Cublas cublas;
    private final AdapterMemory adapters;
    private final StepKernels kernels;
    private final BackKernels back;
    private final RowBuffers rows;
    private final Arena arena = Arena.ofShared();
    private final List<Long> owned = new ArrayList<>();
    private final Kept[] kept;
    private final long turns;
    private final long h;
    private final long narrow;
    private final long qkv;
    private final long wide;
    private final int extra;
    private final long m;
    private final long sums;
    private final long cores;
    private final long chosen;
    private final long logits;

    /**
     * What a layer's forward pass leaves.
     *
     * @param in residual stream before the layer
     * @param middle residual stream between attention and feed-forward part
     * @param wide gate and up with their columns; 0 where they are computed again
     * @param columns A x of qkv, o and down
     */
    private record Kept(long in, long middle, long wide, long[] columns) {}

    /**
     * @param tokens most of a pass
     * @param keepWide whether gate and up are kept for the way back, the largest part of memory, or computed again
     */
    CudaGradient(
            Driver driver,
            DecoderShape shape,
            DecoderAddresses addresses,
            DeviceAdapter adapter,
            int tokens,
            boolean keepWide,
            Tensors tensors) {
        this.shape = shape;
        this.addresses = addresses;
        this.tokens = tokens;
        this.tensors = tensors;
        this.driver = driver;
        this.cublas = new Cublas(driver);
        this.adapters = new AdapterMemory(driver, shape, addresses);
        adapters.set(adapter);
        this.rows = new RowBuffers(driver, tokens);
        this.turns = own(4L * shape.positions() * shape.width());
        this.kernels = new StepKernels(driver, shape, adapters.rank(), turns, 0);
        this.back = new BackKernels(driver, shape, adapters.rank());
        kernels.makeTurns(shape.positions(), addresses.frequencies());
        this.extra = DecoderShape.extra(adapters.rank());
        this.h = matrix(shape.hidden());
        this.narrow = matrix(shape.hidden() + extra);
        this.qkv = matrix(shape.qkv() + extra);
        this.wide = matrix(2 * shape.intermediate() + extra);
        this.m = matrix(shape.intermediate());
        this.sums = own(4L * tokens * extra);
        this.cores = own(4L * coreNumbers());
        this.chosen = own(2L * HEAD_ROWS * shape.hidden());
        this.logits = own(2L * HEAD_ROWS * shape.logits());
        this.kept = new Kept[shape.layers()];
        for (int i = 0; i < kept.length; i++) {
            long own = keepWide ? matrix(2 * shape.intermediate() + extra) : 0;
            long[] columns = {matrix(extra), matrix(extra), matrix(extra)};
            kept[i] = new Kept(matrix(shape.hidden()), matrix(shape.hidden()), own, columns);
        }
    }

    private long own(long bytes) {
        owned.add(driver.allocate(bytes));
        return owned.getLast();
    }

    private long matrix(int columns) {
        return own(2L * tokens * columns);
    }

    private int coreNumbers() {
        return shape.coreNumbers(adapters.rank());
    }

    @Override
    public void enter() {
        driver.enter();
    }

    @Override
    public RowBuffers rows() {
        return rows;
    }

    @Override
    public void core(float[] numbers) {
        adapters.core(0, numbers);
    }

    @Override
    public void forward(int count, Caller caller) {
        rows.send();
        MemorySegment row = rows.structure(arena);
        kernels.embed(
                count, row, addresses.embedding(), addresses.layers().getFirst().inputNorm(), kept[0].in(), h);
        for (int i = 0; i < kept.length; i++) {
            attention(i, count, row, caller);
            feedForward(i, count, row);
        }
        driver.await();
    }

    private void attention(int i, int count, MemorySegment row, Caller caller) {
        DecoderAddresses.Layer layer = addresses.layers().get(i);
        Tensors.Attention to = tensors.layers().get(i);
        product(i, 0, h, qkv, count);
        back.keepColumns(count, qkv, shape.qkv(), kept[i].columns()[0]);
        StepKernels.Rotated rotated = new StepKernels.Rotated(to.q(), to.k(), to.v());
        kernels.rotate(count, row, adapter(i, 0), layer, qkv, rotated);
        caller.attend(i);
        product(i, 1, to.o(), narrow, count);
        back.keepColumns(count, narrow, shape.hidden(), kept[i].columns()[1]);
        sum(
                i,
                1,
                3,
                count,
                row,
                new StepKernels.Sum(narrow, layer.oBias(), layer.postNorm(), kept[i].in(), kept[i].middle(), h));
    }

    private void feedForward(int i, int count, MemorySegment row) {
        DecoderAddresses.Layer layer = addresses.layers().get(i);
        long y = kept[i].wide() == 0 ? wide : kept[i].wide();
        product(i, 2, h, y, count);
        kernels.gateUp(count, row, adapter(i, 2), y, layer.gateUpBias(), m);
        product(i, 3, m, narrow, count);
        back.keepColumns(count, narrow, shape.hidden(), kept[i].columns()[2]);
        boolean last = i == kept.length - 1;
        long weight =
                last ? addresses.finalNorm() : addresses.layers().get(i + 1).inputNorm();
        long out = last ? tensors.x() : kept[i + 1].in();
        sum(i, 3, 6, count, row, new StepKernels.Sum(narrow, layer.downBias(), weight, kept[i].middle(), out, h));
    }

    private void sum(int layer, int kind, int module, int count, MemorySegment row, StepKernels.Sum of) {
        kernels.addNorm(count, row, adapter(layer, kind), module, of);
    }

    private void product(int layer, int kind, long x, long y, int count) {
        cublas.linear(shape(kind, count), x, addresses.matrix(4 * layer + kind), y);
    }

    private void productBack(int layer, int kind, long dy, long dx, int count) {
        cublas.back(shape(kind, count), dy, addresses.matrix(4 * layer + kind), dx);
    }

    private TunedProducts.Shape shape(int kind, int count) {
        int columns = shape.out(kind) + extra;
        return new TunedProducts.Shape(count, shape.in(kind), columns, columns);
    }

    private MemorySegment adapter(int layer, int kind) {
        return adapters.structure(arena, layer, kind);
    }

    @Override
    public void head(Head of) {
        for (int first = 0; first < of.count(); first += HEAD_ROWS) {
            int rows = Math.min(HEAD_ROWS, of.count() - first);
            Head part = of.part(first, rows, shape.hidden());
            TunedProducts.Shape product =
                    new TunedProducts.Shape(rows, shape.hidden(), shape.vocabulary(), shape.logits());
            back.headNorm(part, addresses.finalNorm(), tensors.x(), chosen);
            cublas.linear(product, chosen, addresses.head(), logits);
            back.headProbabilities(part, logits);
            cublas.back(product, logits, addresses.head(), chosen);
            back.headDirections(part, addresses.head(), chosen);
        }
        driver.await();
    }

    @Override
    public float[] backward(int count, Caller caller) {
        MemorySegment row = rows.structure(arena);
        int last = kept.length - 1;
        BackKernels.Out out = new BackKernels.Out(narrow, sums);
        back.norm(count, row, adapter(last, 3), 6, BackKernels.Norm.NONE, tensors.gradient(), out);
        for (int i = last; i >= 0; i--) {
            feedForwardBack(i, count, row);
            attentionBack(i, count, row, caller);
            if (i == 0) break;
            productBack(i, 0, qkv, h, count);
            BackKernels.Norm norm =
                    new BackKernels.Norm(kept[i].in(), addresses.layers().get(i).inputNorm(), h);
            back.norm(count, row, adapter(i - 1, 3), 6, norm, tensors.gradient(), out);
        }
        back.sumCores(cores);
        float[] numbers = new float[coreNumbers()];
        MemorySegment host = driver.allocateHost(4L * numbers.length);
        driver.copy(host, cores, host.byteSize());
        driver.await();
        MemorySegment.copy(host, JAVA_FLOAT, 0, numbers, 0, numbers.length);
        driver.freeHost(host);
        return numbers;
    }

    private void feedForwardBack(int i, int count, MemorySegment row) {
        DecoderAddresses.Layer layer = addresses.layers().get(i);
        back.core(count, row, sums, kept[i].columns()[2], new BackKernels.Modules(i, 6, 1));
        productBack(i, 3, narrow, m, count);
        long y = kept[i].wide();
        if (y == 0) {
            y = wide;
            kernels.norm(count, row, layer.postNorm(), kept[i].middle(), h);
            product(i, 2, h, y, count);
        }
        // The columns of y are read before dy takes their place.
        back.keepColumns(count, y, 2 * shape.intermediate(), kept[i].columns()[2]);
        back.gateUp(count, row, adapter(i, 2), y, layer.gateUpBias(), m, new BackKernels.Out(y, sums));
        back.core(count, row, sums, kept[i].columns()[2], new BackKernels.Modules(i, 4, 2));
        productBack(i, 2, y, h, count);
        BackKernels.Norm norm = new BackKernels.Norm(kept[i].middle(), layer.postNorm(), h);
        back.norm(count, row, adapter(i, 1), 3, norm, tensors.gradient(), new BackKernels.Out(narrow, sums));
        back.core(count, row, sums, kept[i].columns()[1], new BackKernels.Modules(i, 3, 1));
    }

    private void attentionBack(int i, int count, MemorySegment row, Caller caller) {
        productBack(i, 1, narrow, tensors.by(), count);
        caller.attendBack(i);
        BackKernels.Attended of = new BackKernels.Attended(tensors.dq(), tensors.dk(), tensors.dv());
        back.rotate(count, row, adapter(i, 0), turns, of, new BackKernels.Out(qkv, sums));
        back.core(count, row, sums, kept[i].columns()[0], new BackKernels.Modules(i, 0, 3));
    }

    @Override
    public void close() {
        driver.await();
        kernels.close();
        back.close();
        adapters.close();
        cublas.close();
        rows.close();
        owned.forEach(driver::free);
        driver.close();
        arena.close();
    }
}
