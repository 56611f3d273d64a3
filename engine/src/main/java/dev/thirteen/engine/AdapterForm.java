package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.device.DeviceAdapter;
import java.util.List;
import java.util.Objects;

/** Adapters whose R is trained in the form of the device's kernels: every module of one rank, filled up with zeros. */
final class AdapterForm {
    private static final int MODULES = ModuleType.values().length;
    private static final List<List<ModuleType>> KINDS = AdapterLayout.KINDS;

    private final ModelShape shape;
    private final int rank;

    AdapterForm(ModelShape shape, int rank) {
        this.shape = shape;
        this.rank = rank;
    }

    /** Largest rank of a module. */
    static int rank(Basis basis) {
        int rank = 1;
        for (int m = 0; m < basis.shape().modules().size(); m++) {
            rank = Math.max(rank, basis.family().update(m, new float[0]).rank());
        }
        return rank;
    }

    /** R of every module, filled up to the rank: [layers, 7, rank, rank]. */
    float[] cores(Policy policy) {
        AdapterFamily family = Objects.requireNonNull(policy.basis()).family();
        float[] all = new float[shape.layers() * MODULES * rank * rank];
        for (int m = 0; m < shape.modules().size(); m++) {
            ModuleUpdate update = family.update(m, policy.values());
            for (int row = 0; row < update.rank(); row++) {
                int place = (m * rank + row) * rank;
                System.arraycopy(update.core(), row * update.rank(), all, place, update.rank());
            }
        }
        return all;
    }

    DeviceAdapter adapter(AdapterFamily family) {
        int linears = shape.layers() * KINDS.size();
        short[][] a = new short[linears][];
        short[][] b = new short[linears][];
        for (int i = 0; i < linears; i++) {
            int layer = i / KINDS.size();
            List<Integer> modules = KINDS.get(i % KINDS.size()).stream()
                    .map(type -> layer * MODULES + type.ordinal())
                    .toList();
            a[i] = below(family, modules);
            b[i] = compact(family, modules);
        }
        return new DeviceAdapter(rank, a, b);
    }

    /** A of the modules below each other, each filled up to the rank. */
    private short[] below(AdapterFamily family, List<Integer> modules) {
        int in = shape.modules().get(modules.getFirst()).inWidth();
        short[] all = new short[modules.size() * rank * in];
        for (int i = 0; i < modules.size(); i++) {
            float[] a = family.update(modules.get(i), new float[0]).a();
            for (int j = 0; j < a.length; j++) all[i * rank * in + j] = bf16(a[j]);
        }
        return all;
    }

    /** B of the modules below each other: [out, rank], without the zeros of a diagonal. */
    private short[] compact(AdapterFamily family, List<Integer> modules) {
        int out = modules.stream()
                .mapToInt(m -> shape.modules().get(m).outWidth())
                .sum();
        short[] all = new short[out * rank];
        int row = 0;
        for (int m : modules) {
            AdaptedModule module = shape.modules().get(m);
            ModuleUpdate update = family.update(m, new float[0]);
            for (int o = 0; o < module.outWidth(); o++, row++) {
                for (int k = 0; k < update.rank(); k++) all[row * rank + k] = bf16(update.b()[o * update.rank() + k]);
            }
        }
        return all;
    }

    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(ValueType.BF16.round(value));
        return (short) (bits >>> 16);
    }

    /** The gradient by the values, from that by R as {@link #cores} lays it out. */
    double[] gradient(Policy policy, float[] byCores) {
        AdapterFamily family = Objects.requireNonNull(policy.basis()).family();
        double[] gradient = new double[family.trainedNumbers()];
        float[] none = {};
        for (int m = 0; m < shape.modules().size(); m++) {
            int own = family.update(m, policy.values()).rank();
            float[] core = new float[own * own];
            for (int row = 0; row < own; row++) {
                int place = (m * rank + row) * rank;
                System.arraycopy(byCores, place, core, row * own, own);
            }
            family.pullBack(m, policy.values(), new ModuleUpdate.Gradient(none, none, core, none), gradient);
        }
        return gradient;
    }
}
