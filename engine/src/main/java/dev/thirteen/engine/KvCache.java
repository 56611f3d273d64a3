package dev.thirteen.engine;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.batch.CacheShape;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;

/**
 * Keys and values, two tensors a layer [rows, kv heads, tokens, head width]. Rows that decode stand in front. It never holds
 * more bytes than its budget: it takes on another shape tensor by tensor, so beside the cache itself there is room for one
 * more tensor.
 */
final class KvCache implements AutoCloseable {
    private final TorchProgram copy;
    private final TorchProgram another;
    private final long bytesPerToken;
    private final long budgetBytes;
    private final Placement.Memory memory;
    private final int count;
    private PtNDArray[] tensors = new PtNDArray[0];
    private IValue list = IValue.listFrom(tensors);
    private CacheShape shape = CacheShape.EMPTY;
    private long peakBytes;

    KvCache(BaseModel base, long budgetTokens) {
        this.copy = base.program("cache.py");
        this.another = base.program("cache_grow.py");
        this.memory = base.placement().memory();
        this.count = 2 * base.config().layers();
        this.bytesPerToken = base.cacheBytesPerToken();
        this.budgetBytes = Math.multiplyExact(budgetTokens, bytesPerToken);
    }

    /** Tokens, rows times length, that a cache of this budget may have room for; the rest is for a change of shape. */
    static long room(BaseModel base, long budgetTokens) {
        int count = 2 * base.config().layers();
        return Math.multiplyExact(budgetTokens, count) / (count + 1);
    }

    IValue list() {
        return list;
    }

    /** Keys and values of each layer; another array when the cache has taken on another shape. */
    PtNDArray[] tensors() {
        return tensors;
    }

    /** Tokens that a row has room for. */
    int tokens() {
        return shape.tokens();
    }

    CacheShape shape() {
        return shape;
    }

    /** The most that it has held. */
    long peakBytes() {
        return peakBytes;
    }

    long budgetBytes() {
        return budgetBytes;
    }

    /** Takes on another shape; the first {@code kept} rows keep what they hold, as far as it fits. */
    void reshape(CacheShape next, int kept) {
        if (next.equals(shape)) return;
        long one = bytes(next) / count;
        long most = Math.max(bytes(next) + bytes(shape) / count, bytes(shape) + one);
        if (most > budgetBytes) {
            throw new Failure(
                    Failure.Kind.BUG,
                    "a cache of %s would take %d bytes, its budget is %d".formatted(next, most, budgetBytes));
        }
        PtNDArray[] old = tensors;
        PtNDArray[] fresh = new PtNDArray[count];
        list.close();
        // What fails in the middle leaves nothing that could be closed twice.
        list = IValue.listFrom(new PtNDArray[0]);
        tensors = new PtNDArray[0];
        long held = bytes(shape);
        for (int i = 0; i < count; i++) {
            fresh[i] = another(memory.of(i / 2), old.length == 0 ? old : new PtNDArray[] {old[i]}, next, kept);
            held += one;
            peakBytes = Math.max(peakBytes, held);
            if (old.length == 0) continue;
            old[i].close();
            held -= bytes(shape) / count;
        }
        shape = next;
        tensors = fresh;
        list = IValue.listFrom(fresh);
    }

    private PtNDArray another(PtNDManager manager, PtNDArray[] old, CacheShape next, int kept) {
        try (PtNDManager scope = Torch.child(manager);
                IValue before = IValue.listFrom(old);
                IValue device = IValue.from(scope.create(new Shape(1), DataType.FLOAT32));
                IValue rows = IValue.from((long) next.rows());
                IValue tokens = IValue.from((long) next.tokens());
                IValue rowsKept = IValue.from((long) Math.min(kept, next.rows()))) {
            return (PtNDArray) another.infer(manager, before, device, rows, tokens, rowsKept)
                    .getFirst();
        }
    }

    private long bytes(CacheShape of) {
        return bytesPerToken * of.rows() * of.tokens();
    }

    /** Copies the first {@code length} tokens of rows, all at once: source[i] to target[i]. */
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
        memory.close();
    }
}
