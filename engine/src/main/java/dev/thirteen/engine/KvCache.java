package dev.thirteen.engine;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;

/**
 * Keys and values of running rows, two tensors a layer [rows, kv heads, tokens, head width]. Running rows stand in front.
 * It grows as rows and lengths ask for it, to at most twice of what is asked for: a peak in rows and a later one in lengths
 * do not multiply.
 */
final class KvCache implements AutoCloseable {
    /** Lengths grow in steps of this many tokens. */
    private static final int STEP = 64;

    private final TorchProgram copy;
    private final TorchProgram zeros;
    private PtNDManager manager = Torch.newManager();
    private PtNDArray[] tensors = new PtNDArray[0];
    private IValue list = IValue.listFrom(tensors);
    private int rows;
    private int tokens;

    KvCache(BaseModel base) {
        this.copy = base.program("cache.py");
        this.zeros = base.program("cache_grow.py");
    }

    IValue list() {
        return list;
    }

    /** Keys and values of each layer; another array when the cache has grown. */
    PtNDArray[] tensors() {
        return tensors;
    }

    /** Tokens that a row has room for. */
    int tokens() {
        return tokens;
    }

    /** Makes room for rows of this length; the first {@code running} rows, which are no longer, keep what they hold. */
    void ensure(int wantedRows, int wantedTokens, int running) {
        if (wantedRows <= rows && wantedTokens <= tokens) return;
        int length = (wantedTokens + STEP - 1) / STEP * STEP;
        boolean both = (long) Math.max(rows, wantedRows) * Math.max(tokens, length) <= 2L * wantedRows * length;
        int newRows = both ? Math.max(rows, wantedRows) : wantedRows;
        int newTokens = both ? Math.max(tokens, length) : length;
        PtNDManager next = Torch.newManager();
        try (PtNDManager scope = Torch.newManager();
                IValue device = IValue.from(scope.create(new Shape(1), DataType.FLOAT32));
                IValue r = IValue.from((long) newRows);
                IValue t = IValue.from((long) newTokens);
                IValue kept = IValue.from((long) running)) {
            PtNDArray[] grown = zeros.infer(next, list, device, r, t, kept).stream()
                    .map(PtNDArray.class::cast)
                    .toArray(PtNDArray[]::new);
            list.close();
            manager.close();
            manager = next;
            tensors = grown;
            list = IValue.listFrom(grown);
            rows = newRows;
            tokens = newTokens;
        }
    }

    /** Copies the first {@code length} tokens of rows, at least one: source[i] to target[i]. */
    void move(int[] source, int[] target, int length) {
        try (PtNDManager scope = Torch.newManager();
                IValue from = IValue.from(Torch.of(scope, wide(source), source.length));
                IValue to = IValue.from(Torch.of(scope, wide(target), target.length));
                IValue tokensMoved = IValue.from((long) length)) {
            copy.infer(scope, list, from, to, tokensMoved);
        }
    }

    private static long[] wide(int[] numbers) {
        return Arrays.stream(numbers).asLongStream().toArray();
    }

    @Override
    public void close() {
        list.close();
        manager.close();
    }
}
