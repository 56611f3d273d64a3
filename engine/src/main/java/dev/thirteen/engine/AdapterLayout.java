package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import java.util.ArrayList;
import java.util.List;

/**
 * How adapters of modules lie together where their weights are fused: of q, k and v (and of gate and up) the A stand below
 * each other, the B and the R on the diagonal of one matrix. A fused linear then costs one small product chain, not three.
 */
final class AdapterLayout {
    /** Fused linears of a layer, in the order of blocks.py. */
    private static final List<List<ModuleType>> KINDS = List.of(
            List.of(ModuleType.Q, ModuleType.K, ModuleType.V),
            List.of(ModuleType.O),
            List.of(ModuleType.GATE, ModuleType.UP),
            List.of(ModuleType.DOWN));

    static final int KIND_COUNT = 4;
    private static final int MODULES_A_LAYER = ModuleType.values().length;

    private final ModelShape shape;
    private final Basis basis;

    AdapterLayout(ModelShape shape, Basis basis) {
        this.shape = shape;
        this.basis = basis;
    }

    /** Modules of one kind in one layer, as indexes in model order. */
    private static List<Integer> modules(int layer, int kind) {
        List<Integer> modules = new ArrayList<>();
        for (ModuleType type : KINDS.get(kind)) modules.add(MODULES_A_LAYER * layer + type.ordinal());
        return modules;
    }

    private AdaptedModule module(int index) {
        return shape.modules().get(index);
    }

    /** Side k of the fused R of a kind: the sum of its ranks. */
    int side(int kind) {
        return modules(0, kind).stream().mapToInt(m -> basis.factors(m).rank()).sum();
    }

    int inWidth(int kind) {
        return module(modules(0, kind).getFirst()).inWidth();
    }

    int outWidth(int kind) {
        return modules(0, kind).stream().mapToInt(m -> module(m).outWidth()).sum();
    }

    /** A of a fused linear: [k, in]. */
    float[] a(int layer, int kind) {
        float[] fused = new float[side(kind) * inWidth(kind)];
        int at = 0;
        for (int m : modules(layer, kind)) {
            float[] a = basis.factors(m).a();
            System.arraycopy(a, 0, fused, at, a.length);
            at += a.length;
        }
        return fused;
    }

    /** B of a fused linear: [out, k], block diagonal. */
    float[] b(int layer, int kind) {
        int side = side(kind);
        float[] fused = new float[outWidth(kind) * side];
        int row = 0;
        int column = 0;
        for (int m : modules(layer, kind)) {
            Basis.Factors factors = basis.factors(m);
            for (int out = 0; out < module(m).outWidth(); out++, row++) {
                System.arraycopy(factors.b(), out * factors.rank(), fused, row * side + column, factors.rank());
            }
            column += factors.rank();
        }
        return fused;
    }

    /** R = Σᵢ vᵢ Pᵢ of every layer for one kind: [layers, k, k], block diagonal; zeros for no values. */
    float[] r(int kind, float[] values) {
        int side = side(kind);
        float[] fused = new float[shape.layers() * side * side];
        if (values.length == 0) return fused;
        int u = basis.spec().u();
        for (int layer = 0; layer < shape.layers(); layer++) {
            int corner = 0;
            for (int m : modules(layer, kind)) {
                Basis.Factors factors = basis.factors(m);
                int rank = factors.rank();
                for (int cell = 0; cell < rank * rank; cell++) {
                    double sum = 0;
                    for (int i = 0; i < u; i++) {
                        sum += (double) values[factors.slot() * u + i] * factors.p()[i * rank * rank + cell];
                    }
                    int row = corner + cell / rank;
                    fused[(layer * side + row) * side + corner + cell % rank] = (float) sum;
                }
                corner += rank;
            }
        }
        return fused;
    }

    /** Adds ⟨dR, Pᵢ⟩ of every module of a kind to the gradient by its v; {@code dr} as {@link #r} lays it out. */
    void addGradient(int kind, float[] dr, double[] gradient) {
        int side = side(kind);
        int u = basis.spec().u();
        for (int layer = 0; layer < shape.layers(); layer++) {
            int corner = 0;
            for (int m : modules(layer, kind)) {
                Basis.Factors factors = basis.factors(m);
                int rank = factors.rank();
                for (int i = 0; i < u; i++) {
                    double sum = 0;
                    for (int cell = 0; cell < rank * rank; cell++) {
                        int row = corner + cell / rank;
                        sum += (double) dr[(layer * side + row) * side + corner + cell % rank]
                                * factors.p()[i * rank * rank + cell];
                    }
                    gradient[factors.slot() * u + i] += sum;
                }
                corner += rank;
            }
        }
    }
}
