package dev.thirteen.engine;

import dev.thirteen.engine.cpu.Brgemm;
import dev.thirteen.engine.cpu.Processor;
import dev.thirteen.engine.cpu.VectorFormat;
import dev.thirteen.engine.cpu.VectorModel;
import dev.thirteen.engine.cpu.WeightPart;
import java.util.List;
import java.util.Optional;

/** Whether loops over vectors decode in this process, and a checkpoint as they take it. */
final class VectorKernels {
    private static final String MODULE = "jdk.incubator.vector";
    /** What HotSpot says of itself where the one compiler runs that knows no vectors. */
    private static final String SMALL_COMPILER = "emulated-client";

    private VectorKernels() {}

    /**
     * On a processor with vectors of sixteen numbers, in a process that was started with the module and has a compiler for it;
     * where the processor multiplies whole tiles, if libtorch's kernels that do are there.
     */
    static boolean usable(BaseModel base) {
        return usable(base.placement().single());
    }

    /** @param single whether the model lies on one device */
    static boolean usable(boolean single) {
        return !Torch.onGpu()
                && single
                && !"programs".equals(System.getProperty(DeviceSteps.KERNELS))
                && ModuleLayer.boot().findModule(MODULE).isPresent()
                && !System.getProperty("java.vm.info", "").contains(SMALL_COMPILER)
                && Processor.hasWideVectors()
                && (!Processor.multipliesTiles() || Products.KERNELS.isPresent());
    }

    /** libtorch's kernels where they multiply tiles of bf16; empty where the loops multiply. */
    static Optional<Brgemm> products(TensorType compute) {
        return compute == TensorType.BF16 ? Products.KERNELS : Optional.empty();
    }

    /** Looked for once, and not before they are wanted. */
    private static final class Products {
        static final Optional<Brgemm> KERNELS = Processor.multipliesTiles() ? Brgemm.find() : Optional.empty();
    }

    static VectorFormat format(TensorType compute) {
        return compute == TensorType.BF16 ? VectorFormat.BF16 : VectorFormat.FP32;
    }

    /** bf16 for what is stored or computed so, at half the memory; nothing is lost by it that was not lost before. */
    static VectorFormat format(CheckpointTensors tensors, TensorType compute) {
        boolean stored = tensors.layers().stream()
                        .flatMap(List::stream)
                        .allMatch(part -> part.type() == TensorType.BF16)
                && tensors.shared().stream().flatMap(List::stream).allMatch(part -> part.type() == TensorType.BF16);
        return stored ? VectorFormat.BF16 : format(compute);
    }

    static VectorModel model(CheckpointTensors tensors, ModelConfig config, TensorType compute) {
        VectorModel.Source source = new VectorModel.Source(
                parts(tensors.shared()),
                parts(tensors.layers()),
                config.rope().frequencies(config.heads().width()));
        return new VectorModel(
                DeviceSteps.shape(config),
                source,
                format(tensors, compute),
                products(compute),
                Torch.configuredThreads());
    }

    private static List<List<WeightPart>> parts(List<List<StoredTensor>> tensors) {
        return tensors.stream()
                .map(parts -> parts.stream().map(StoredTensor::part).toList())
                .toList();
    }
}
