package dev.thirteen.engine;

import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.adapter.AdaptedModule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frozen weights in the order that blocks.py and the programs name, in the forms that the programs take, each made when
 * first asked for: whoever only decodes on a processor does without the plain form. Closing frees them, and closes the
 * file, whose mapped memory holds what needs no change.
 */
final class ModelWeights implements AutoCloseable {
    static final int TENSORS_A_LAYER = 12;

    private final Safetensors file;
    private final CheckpointTensors tensors;
    private final ModelConfig config;
    private final TensorType compute;
    private final Placement placement;
    private @Nullable PlainWeights plain;
    private @Nullable PackedWeights packed;
    private @Nullable Object holder;

    /** @param file is closed with the weights */
    ModelWeights(
            Safetensors file, CheckpointTensors tensors, ModelConfig config, TensorType compute, Placement placement) {
        this.file = file;
        this.tensors = tensors;
        this.config = config;
        this.compute = compute;
        this.placement = placement;
        // There the plain form is the only one, and loading it must not wait for the first request.
        if (Torch.onGpu()) plain();
    }

    private synchronized PlainWeights plain() {
        PlainWeights made = plain;
        if (made == null) {
            made = new PlainWeights(tensors, config, compute, placement, false);
            plain = made;
        }
        return made;
    }

    /** The same in the order of bf16 products on a processor; empty where there is none. */
    synchronized Optional<PackedWeights> packed() {
        if (packed == null && compute == TensorType.BF16 && PackedWeights.known()) {
            packed = new PackedWeights(tensors, config);
        }
        return Optional.ofNullable(packed);
    }

    Placement placement() {
        return placement;
    }

    /** Embedding, final norm, head, rotary frequencies. */
    PtNDArray[] shared() {
        return plain().shared();
    }

    PtNDArray[] layers() {
        return plain().layers();
    }

    IValue sharedList() {
        return plain().sharedList();
    }

    IValue layerList() {
        return plain().layerList();
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
        PtNDArray matrix = layers()[TENSORS_A_LAYER * module.layer() + place];
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

    @Override
    public synchronized void close() {
        if (packed != null) packed.close();
        if (plain != null) plain.close();
        file.close();
    }
}
