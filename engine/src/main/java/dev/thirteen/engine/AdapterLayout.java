package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.ModuleUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the updates of modules lie together where their weights are fused: of q, k and v (and of gate and up) the A stand
 * below each other, the B and the R on the diagonal of one matrix. A fused linear then costs one small product chain, not
 * three.
 */
final class AdapterLayout {
    /** Fused linears of a layer, in the order of blocks.py. */
    static final List<List<ModuleType>> KINDS = List.of(
            List.of(ModuleType.Q, ModuleType.K, ModuleType.V),
            List.of(ModuleType.O),
            List.of(ModuleType.GATE, ModuleType.UP),
            List.of(ModuleType.DOWN));

    static final int KIND_COUNT = 4;
    private static final int MODULES_A_LAYER = ModuleType.values().length;

    private final ModelShape shape;
    private final AdapterFamily family;
    private final float[] values;
    private final List<ModuleUpdate> updates = new ArrayList<>();

    /** @param values empty for a layout that is asked for frozen parts alone */
    AdapterLayout(ModelShape shape, AdapterFamily family, float[] values) {
        this.shape = shape;
        this.family = family;
        this.values = values;
        for (int module = 0; module < shape.modules().size(); module++) updates.add(family.update(module, values));
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

    /** Rank of a fused linear: the sum of its modules' ranks. */
    int rank(int layer, int kind) {
        return modules(layer, kind).stream()
                .mapToInt(m -> updates.get(m).rank())
                .sum();
    }

    /** Largest rank of a kind in any layer. */
    int side(int kind) {
        int side = 0;
        for (int layer = 0; layer < shape.layers(); layer++) side = Math.max(side, rank(layer, kind));
        return side;
    }

    int inWidth(int kind) {
        return module(modules(0, kind).getFirst()).inWidth();
    }

    int outWidth(int kind) {
        return modules(0, kind).stream().mapToInt(m -> module(m).outWidth()).sum();
    }

    /** A of a fused linear, zeros below: [rows, in]. */
    float[] a(int layer, int kind, int rows) {
        float[] fused = new float[rows * inWidth(kind)];
        int at = 0;
        for (int m : modules(layer, kind)) {
            float[] a = updates.get(m).a();
            System.arraycopy(a, 0, fused, at, a.length);
            at += a.length;
        }
        return fused;
    }

    /** B of a fused linear, block diagonal, zeros on the right: [out, columns]. */
    float[] b(int layer, int kind, int columns) {
        float[] fused = new float[outWidth(kind) * columns];
        int row = 0;
        int column = 0;
        for (int m : modules(layer, kind)) {
            ModuleUpdate update = updates.get(m);
            for (int out = 0; out < module(m).outWidth(); out++, row++) {
                System.arraycopy(update.b(), out * update.rank(), fused, row * columns + column, update.rank());
            }
            column += update.rank();
        }
        return fused;
    }

    /** Writes R of a fused linear into a matrix of this side, block diagonal from {@code corner} on. */
    void core(int layer, int kind, float[] into, int first, int side, int corner) {
        int block = corner;
        for (int m : modules(layer, kind)) {
            ModuleUpdate update = updates.get(m);
            int rank = update.rank();
            for (int row = 0; row < rank; row++) {
                int place = first + (block + row) * side + block;
                System.arraycopy(update.core(), row * rank, into, place, rank);
            }
            block += rank;
        }
    }

    /** Biases of all fused linears, layer by layer and kind by kind; zeros for modules without. */
    float[] biases() {
        int total = shape.modules().stream().mapToInt(AdaptedModule::outWidth).sum();
        float[] all = new float[total];
        int at = 0;
        for (int m = 0; m < updates.size(); m++) {
            float[] bias = updates.get(m).bias();
            System.arraycopy(bias, 0, all, at, bias.length);
            at += module(m).outWidth();
        }
        return all;
    }

    /**
     * Adds the gradient by the values from that by a fused linear's parts, each as this class lays it out; parts that are
     * not trained are empty.
     *
     * @param columns rank that A and B were padded to, side of R
     */
    void addGradient(int layer, int kind, int columns, ModuleUpdate.Gradient fused, double[] gradient) {
        int row = 0;
        int column = 0;
        for (int m : modules(layer, kind)) {
            int rank = updates.get(m).rank();
            int out = module(m).outWidth();
            int in = inWidth(kind);
            ModuleUpdate.Gradient part = new ModuleUpdate.Gradient(
                    part(fused.a(), column * in, rank * in),
                    block(fused.b(), columns, row, column, out, rank),
                    block(fused.core(), columns, column, column, rank, rank),
                    part(fused.bias(), row, out));
            family.pullBack(m, values, part, gradient);
            row += out;
            column += rank;
        }
    }

    private static float[] part(float[] all, int first, int count) {
        return all.length == 0 ? all : Arrays.copyOfRange(all, first, first + count);
    }

    private static float[] block(float[] all, int columns, int row, int column, int height, int width) {
        if (all.length == 0) return all;
        float[] block = new float[height * width];
        for (int i = 0; i < height; i++) {
            System.arraycopy(all, (row + i) * columns + column, block, i * width, width);
        }
        return block;
    }
}
