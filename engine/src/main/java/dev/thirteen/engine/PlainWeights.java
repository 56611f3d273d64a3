package dev.thirteen.engine;

import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.engine.device.DecoderShape;
import java.util.List;

/** Weights as the programs with linear.py take them. Closing frees what is in native memory. */
final class PlainWeights implements AutoCloseable {
    private final ModelConfig config;
    private final TensorType compute;
    private final Placement.Memory memory;
    private final PtNDArray[] shared;
    private final PtNDArray[] layers;
    private final IValue sharedList;
    private final IValue layerList;

    /** @param copy whether all of it gets memory of its own; else the file must stay open */
    PlainWeights(CheckpointTensors tensors, ModelConfig config, TensorType compute, Placement placement, boolean copy) {
        this.config = config;
        this.compute = compute;
        this.memory = placement.memory();
        List<StoredTensor> embedding = tensors.shared().getFirst();
        PtNDArray embed = load(memory.first(), embedding, copy);
        PtNDArray norm = load(memory.last(), tensors.shared().get(1), copy);
        List<StoredTensor> head = config.tied() ? embedding : tensors.shared().get(2);
        boolean same = config.tied() && placement.single();
        PtNDArray[] common = {
            embed, norm, same ? embed : load(memory.last(), head, copy), frequencies(memory.first(), config)
        };
        this.shared = common;
        this.layers = new PtNDArray[tensors.layers().size()];
        for (int i = 0; i < layers.length; i++) {
            PtNDManager manager = memory.of(i / ModelWeights.TENSORS_A_LAYER);
            PtNDArray loaded = load(manager, tensors.layers().get(i), copy);
            layers[i] = Torch.onGpu() && placement.single() ? roomy(loaded) : loaded;
        }
        TorchProgram.nameList("shared", shared);
        TorchProgram.nameList("weights", layers);
        this.sharedList = IValue.listFrom(shared);
        this.layerList = IValue.listFrom(layers);
    }

    static PtNDArray frequencies(PtNDManager into, ModelConfig config) {
        float[] frequencies = config.rope().frequencies(config.heads().width());
        return Torch.of(into, frequencies, frequencies.length);
    }

    private PtNDArray load(PtNDManager manager, List<StoredTensor> parts, boolean copy) {
        return copy ? TensorLoad.copy(manager, parts, compute) : TensorLoad.view(manager, parts, compute);
    }

    /** On a GPU matrices have room behind them, which is not part of the tensor. */
    private PtNDArray roomy(PtNDArray tensor) {
        if (tensor.getShape().dimension() != 2) return tensor;
        long rows = tensor.getShape().get(0);
        long columns = tensor.getShape().get(1);
        try (PtNDManager scope = Torch.newManager();
                PtNDArray matrix = tensor) {
            TorchProgram program = TorchProgram.load(config.constants(compute), "room.py");
            PtNDArray room = (PtNDArray) program.call(matrix, Torch.cpu(scope, rows + DecoderShape.ROOM, columns))
                    .getFirst();
            room.attach(memory.first());
            return (PtNDArray) room.get(new NDIndex(":" + rows));
        }
    }

    /** Embedding, final norm, head, rotary frequencies. */
    PtNDArray[] shared() {
        return shared;
    }

    PtNDArray[] layers() {
        return layers;
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
        memory.close();
    }
}
