package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.core.adapter.AdapterFamily;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A and B of every fused linear in native memory: the frozen ones of a basis, or those that a policy trains. Numbered layer
 * by layer, kind by kind.
 */
final class FactorTensors implements AutoCloseable {
    private final Placement.Memory memory;
    private final @Nullable PtNDArray[] a;
    private final @Nullable PtNDArray[] b;
    private final int[] ranks;

    /**
     * @param equalRanks whether a kind has its largest rank in all layers, filled up with zeros: R of all layers is one
     *     tensor then
     */
    private FactorTensors(BaseModel base, AdapterLayout layout, boolean equalRanks, TensorType type) {
        int kinds = AdapterLayout.KIND_COUNT;
        this.memory = base.placement().memory();
        this.ranks = new int[base.shape().layers() * kinds];
        this.a = new PtNDArray[ranks.length];
        this.b = new PtNDArray[ranks.length];
        for (int at = 0; at < ranks.length; at++) {
            int layer = at / kinds;
            int kind = at % kinds;
            ranks[at] = equalRanks ? layout.side(kind) : layout.rank(layer, kind);
            if (ranks[at] == 0) continue;
            PtNDManager manager = memory.of(layer);
            a[at] = cast(manager, layout.a(layer, kind, ranks[at]), ranks[at], layout.inWidth(kind), type);
            b[at] = cast(manager, layout.b(layer, kind, ranks[at]), layout.outWidth(kind), ranks[at], type);
        }
    }

    /** The frozen factors of a family whose values are R. */
    static FactorTensors frozen(BaseModel base, AdapterFamily family) {
        AdapterLayout layout = new AdapterLayout(base.shape(), family, new float[0]);
        return new FactorTensors(base, layout, true, base.compute());
    }

    /** The factors that these values stand for. */
    static FactorTensors own(BaseModel base, AdapterLayout layout, TensorType type) {
        return new FactorTensors(base, layout, false, type);
    }

    private static PtNDArray cast(PtNDManager manager, float[] numbers, long rows, long columns, TensorType type) {
        return TensorLoad.copy(manager, List.of(StoredTensor.of("adapter", numbers, rows, columns)), type);
    }

    /** Columns of B and rows of A; 0 where nothing is adapted. */
    int rank(int at) {
        return ranks[at];
    }

    /** [rank, in]; null for rank 0. */
    @Nullable
    PtNDArray a(int at) {
        return a[at];
    }

    /** [out, rank]; null for rank 0. */
    @Nullable
    PtNDArray b(int at) {
        return b[at];
    }

    @Override
    public void close() {
        memory.close();
    }
}
