package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Weights whose matrices lie in the order in which the processor's bf16 products read them. Only programs with
 * packed_linear.py can read them. The rest stays in the file's memory where it can.
 */
final class PackedWeights implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PackedWeights.class.getName());

    private final PtNDManager manager = Torch.newManager();
    private final IValue sharedList;
    private final IValue layerList;

    PackedWeights(CheckpointTensors tensors, ModelConfig config) {
        TorchProgram pack = program();
        List<StoredTensor> embedding = tensors.shared().getFirst();
        List<PtNDArray> shared = new ArrayList<>();
        shared.add(TensorLoad.view(manager, embedding, TensorType.BF16));
        shared.add(TensorLoad.view(manager, tensors.shared().get(1), TensorType.BF16));
        shared.add(packed(
                pack, manager, config.tied() ? embedding : tensors.shared().get(2)));
        shared.add(PlainWeights.frequencies(manager, config));
        List<PtNDArray> layers = new ArrayList<>();
        for (List<StoredTensor> parts : tensors.layers()) {
            // Norms, biases and what stands for a tensor that is not there have one dimension.
            boolean matrix = !parts.isEmpty() && parts.getFirst().shape().length == 2;
            layers.add(matrix ? packed(pack, manager, parts) : TensorLoad.view(manager, parts, TensorType.BF16));
        }
        this.sharedList = IValue.listFrom(shared.toArray(PtNDArray[]::new));
        this.layerList = IValue.listFrom(layers.toArray(PtNDArray[]::new));
    }

    private static PtNDArray packed(TorchProgram pack, PtNDManager into, List<StoredTensor> parts) {
        try (PtNDManager scope = Torch.newManager();
                IValue input = IValue.from(TensorLoad.view(scope, parts, TensorType.BF16))) {
            return (PtNDArray) pack.infer(into, input).getFirst();
        }
    }

    private static TorchProgram program() {
        return TorchProgram.load(Map.of(), "pack.py");
    }

    /** Whether this libtorch has such an order, for this device. */
    static boolean known() {
        return Known.PACKS;
    }

    /** Found out once. */
    private static final class Known {
        private static final boolean PACKS = packs();

        private static boolean packs() {
            if (Torch.onGpu()) return false;
            try (PtNDManager scope = Torch.newManager()) {
                // Where the processor's vectors are too narrow, the program is there and its first call fails.
                packed(program(), scope, List.of(StoredTensor.of("any", ValueType.BF16, new float[32 * 32], 32, 32)));
                return true;
            } catch (Failure e) {
                LOG.log(System.Logger.Level.INFO, "libtorch packs no weights here, so products are slower", e);
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
