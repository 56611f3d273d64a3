package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.failure.Failure;
import java.util.Map;

/**
 * Weights whose matrices lie in the order in which the processor's bf16 products read them, beside the plain ones, which
 * gradients take. Only programs with packed_linear.py can read them.
 */
final class PackedWeights implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PackedWeights.class.getName());
    private static final int HEAD = 2;

    private final PtNDManager manager = Torch.newManager();
    private final IValue sharedList;
    private final IValue layerList;

    PackedWeights(ModelWeights plain) {
        TorchProgram pack = program();
        PtNDArray[] shared = plain.shared().clone();
        shared[HEAD] = packed(pack, shared[HEAD]);
        PtNDArray[] layers = plain.layers().clone();
        for (int at = 0; at < layers.length; at++) {
            // Norms, biases and what stands for a tensor that is not there have one dimension.
            if (layers[at].getShape().dimension() == 2) layers[at] = packed(pack, layers[at]);
        }
        this.sharedList = IValue.listFrom(shared);
        this.layerList = IValue.listFrom(layers);
    }

    private PtNDArray packed(TorchProgram pack, PtNDArray matrix) {
        try (IValue input = IValue.from(matrix)) {
            return (PtNDArray) pack.infer(manager, input).getFirst();
        }
    }

    private static TorchProgram program() {
        return TorchProgram.load(Map.of(), "pack.py");
    }

    /** Whether this libtorch has such an order, on this device. */
    static boolean known() {
        return Known.PACKS;
    }

    /** Found out once. */
    private static final class Known {
        private static final boolean PACKS = packs();

        private static boolean packs() {
            if (Torch.onGpu()) return false;
            try {
                program();
                return true;
            } catch (Failure e) {
                LOG.log(System.Logger.Level.INFO, "this libtorch packs no weights, so products are slower", e);
                return false;
            }
        }
    }

    IValue sharedList() {
        return sharedList;
    }

    IValue layerList() {
        return layerList;
    }

    @Override
    public void close() {
        sharedList.close();
        layerList.close();
        manager.close();
    }
}
