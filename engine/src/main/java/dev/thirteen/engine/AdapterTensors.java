package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;
import java.util.List;

/** The frozen factors A and B of a basis in native memory, eight tensors a layer as blocks.py wants them. */
final class AdapterTensors implements AutoCloseable {
    private final PtNDManager manager = Torch.newManager();
    private final Basis basis;
    private final AdapterLayout layout;
    private final int layers;
    private final PtNDArray[] factors;
    private final IValue factorList;

    AdapterTensors(BaseModel base, Basis basis) {
        this.basis = basis;
        this.layers = base.shape().layers();
        this.layout = new AdapterLayout(base.shape(), basis);
        int kinds = AdapterLayout.KIND_COUNT;
        this.factors = new PtNDArray[layers * kinds * 2];
        for (int at = 0; at < layers * kinds; at++) {
            int kind = at % kinds;
            int side = layout.side(kind);
            factors[2 * at] = cast(base, layout.a(at / kinds, kind), side, layout.inWidth(kind));
            factors[2 * at + 1] = cast(base, layout.b(at / kinds, kind), layout.outWidth(kind), side);
        }
        TorchProgram.nameList("adapters", factors);
        this.factorList = IValue.listFrom(factors);
    }

    private PtNDArray cast(BaseModel base, float[] numbers, long rows, long columns) {
        return ModelWeights.cast(manager, StoredTensor.of("adapter", numbers, rows, columns), base.compute());
    }

    Basis basis() {
        return basis;
    }

    AdapterLayout layout() {
        return layout;
    }

    PtNDArray[] factors() {
        return factors;
    }

    IValue factorList() {
        return factorList;
    }

    /** R of policies, one tensor a kind: [layers, policies, k, k] fp32. A base policy has zeros. */
    PtNDArray[] policies(PtNDManager into, List<Policy> policies) {
        PtNDArray[] tensors = new PtNDArray[AdapterLayout.KIND_COUNT];
        for (int kind = 0; kind < tensors.length; kind++) {
            int side = layout.side(kind);
            int block = side * side;
            float[] packed = new float[layers * policies.size() * block];
            for (int p = 0; p < policies.size(); p++) {
                float[] r = layout.r(kind, policies.get(p).values());
                for (int layer = 0; layer < layers; layer++) {
                    System.arraycopy(r, layer * block, packed, (layer * policies.size() + p) * block, block);
                }
            }
            tensors[kind] = Torch.of(into, packed, layers, policies.size(), side, side);
        }
        TorchProgram.nameList("r", tensors);
        return tensors;
    }

    /** The gradient by the trained values, from that by R of one policy. */
    double[] gradient(PtNDArray[] policies) {
        double[] gradient = new double[basis.trainedNumbers()];
        for (int kind = 0; kind < policies.length; kind++) {
            try (PtNDArray dr = (PtNDArray) policies[kind].getGradient()) {
                layout.addGradient(kind, dr.toFloatArray(), gradient);
            }
        }
        return gradient;
    }

    /** Whether two policies compute the same function with this basis. */
    static boolean same(Policy one, Policy other) {
        return one.basis() == other.basis() && Arrays.equals(one.values(), other.values());
    }

    @Override
    public void close() {
        factorList.close();
        manager.close();
    }
}
