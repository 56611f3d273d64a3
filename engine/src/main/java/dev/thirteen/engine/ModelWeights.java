package dev.thirteen.engine;

import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.adapter.AdaptedModule;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Frozen weights in native memory, in the order that blocks.py and the programs name. Closing frees them. */
final class ModelWeights implements AutoCloseable {
    /** Largest piece that goes to libtorch at once: a ByteBuffer ends below 2 GiB. */
    private static final long PIECE_BYTES = 1L << 30;

    static final int TENSORS_A_LAYER = 12;

    private final ModelConfig config;
    private final TensorType compute;
    private final PtNDManager manager = Torch.newManager();
    private final PtNDArray[] shared;
    private final PtNDArray[] layers;
    private final IValue sharedList;
    private @Nullable Object holder;
    private final IValue layerList;
    private @Nullable PackedWeights packed;

    private ModelWeights(CheckpointTensors tensors, ModelConfig config, TensorType compute) {
        this.config = config;
        this.compute = compute;
        List<PtNDArray> common = new ArrayList<>();
        for (List<StoredTensor> parts : tensors.shared()) common.add(load(manager, parts, compute));
        if (config.tied()) common.add(common.getFirst());
        float[] frequencies = config.rope().frequencies(config.heads().width());
        common.add(Torch.of(manager, frequencies, frequencies.length));
        this.shared = common.toArray(PtNDArray[]::new);
        this.layers = tensors.layers().stream()
                .map(parts -> roomy(load(manager, parts, compute)))
                .toArray(PtNDArray[]::new);
        TorchProgram.nameList("shared", shared);
        TorchProgram.nameList("weights", layers);
        this.sharedList = IValue.listFrom(shared);
        this.layerList = IValue.listFrom(layers);
    }

    /** On a GPU matrices have room behind them, which is not part of the tensor. */
    private PtNDArray roomy(PtNDArray tensor) {
        if (!Torch.onGpu() || tensor.getShape().dimension() != 2) return tensor;
        long rows = tensor.getShape().get(0);
        long columns = tensor.getShape().get(1);
        try (PtNDManager scope = Torch.newManager();
                PtNDArray matrix = tensor) {
            TorchProgram program = TorchProgram.load(config.constants(compute), "room.py");
            PtNDArray room = (PtNDArray) program.call(matrix, Torch.cpu(scope, rows + DeviceSteps.ROOM, columns))
                    .getFirst();
            room.attach(manager);
            return (PtNDArray) room.get(new NDIndex(":" + rows));
        }
    }

    /** Copies the tensors into native memory as {@code compute} numbers. */
    static ModelWeights load(CheckpointTensors tensors, ModelConfig config, TensorType compute) {
        return new ModelWeights(tensors, config, compute);
    }

    /** One tensor in native memory as {@code compute} numbers. */
    static PtNDArray cast(PtNDManager into, StoredTensor tensor, TensorType compute) {
        return load(into, List.of(tensor), compute);
    }

    /** Runs in normal mode: weights loaded under inference mode could not take part in a gradient. */
    private static PtNDArray load(PtNDManager manager, List<StoredTensor> parts, TensorType compute) {
        if (parts.isEmpty()) return Torch.of(manager, new float[1], 1);
        try (PtNDManager scope = Torch.newManager()) {
            List<PtNDArray> bytes = new ArrayList<>();
            List<Long> facts = new ArrayList<>();
            for (StoredTensor part : parts) {
                for (long at = 0; at < part.data().byteSize(); at += PIECE_BYTES) {
                    long length = Math.min(PIECE_BYTES, part.data().byteSize() - at);
                    ByteBuffer piece = part.data().asSlice(at, length).asByteBuffer();
                    bytes.add(Torch.of(scope, piece));
                    facts.add((long) part.type().code());
                }
            }
            facts.add((long) compute.code());
            addShape(facts, parts);
            TorchProgram.nameList("parts", bytes.toArray(PtNDArray[]::new));
            bytes.add(Torch.cpu(scope, facts.stream().mapToLong(Long::longValue).toArray()));
            TorchProgram program = TorchProgram.load(Map.of(), "load.py");
            PtNDArray loaded =
                    (PtNDArray) program.call(bytes.toArray(PtNDArray[]::new)).get(0);
            loaded.attach(manager);
            return loaded;
        }
    }

    private static void addShape(List<Long> facts, List<StoredTensor> parts) {
        long rows = parts.stream().mapToLong(part -> part.shape()[0]).sum();
        facts.add(rows);
        if (parts.getFirst().shape().length == 2) facts.add(parts.getFirst().shape()[1]);
    }

    /** Embedding, final norm, head, rotary frequencies. */
    PtNDArray[] shared() {
        return shared;
    }

    PtNDArray[] layers() {
        return layers;
    }

    /** The weight [out, in] of one module: a view into the matrix that holds it. */
    PtNDArray module(AdaptedModule module) {
        ModelConfig.Heads heads = config.heads();
        return switch (module.type()) {
            case Q -> rows(module, 1, 0);
            case K -> rows(module, 1, heads.queryWidth());
            case V -> rows(module, 1, heads.queryWidth() + heads.keyValueWidth());
            case O -> rows(module, 3, 0);
            case GATE -> rows(module, 5, 0);
            case UP -> rows(module, 5, config.intermediate());
            case DOWN -> rows(module, 6, 0);
        };
    }

    private PtNDArray rows(AdaptedModule module, int place, int first) {
        PtNDArray matrix = layers[TENSORS_A_LAYER * module.layer() + place];
        return (PtNDArray) matrix.get(new NDIndex(first + ":" + (first + module.outWidth())));
    }

    /** Takes the room behind the matrices; false where another has it. */
    synchronized boolean claimRoom(Object who) {
        if (holder != null && holder != who) return false;
        holder = who;
        return true;
    }

    synchronized void releaseRoom(Object who) {
        if (holder == who) holder = null;
    }

    IValue sharedList() {
        return sharedList;
    }

    IValue layerList() {
        return layerList;
    }

    /** The same in the order of bf16 products on a processor, made when first asked for; empty where there is none. */
    synchronized Optional<PackedWeights> packed() {
        if (packed == null && compute == TensorType.BF16 && PackedWeights.known()) packed = new PackedWeights(this);
        return Optional.ofNullable(packed);
    }

    @Override
    public void close() {
        if (packed != null) packed.close();
        sharedList.close();
        layerList.close();
        manager.close();
    }
}
