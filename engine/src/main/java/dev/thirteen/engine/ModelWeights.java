package dev.thirteen.engine;

import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.engine.cpu.VectorFormat;
import dev.thirteen.engine.cpu.VectorModel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frozen weights in the order that blocks.py and the programs name, in the forms that the programs take. The plain form is
 * there at once. On a processor decoders go over to the packed one, and the plain one is freed then unless somebody else
 * asked for it. Closing frees both, and closes the file, whose mapped memory holds what needs no change.
 */
final class ModelWeights implements AutoCloseable {
    static final int TENSORS_A_LAYER = 12;

    private final Safetensors file;
    private final CheckpointTensors tensors;
    private final ModelConfig config;
    private final TensorType compute;
    private final Placement placement;
    private final MemoryNeed memory;
    private final Object packing = new Object();
    private @Nullable PlainWeights plain;
    private @Nullable PackedWeights packed;
    private @Nullable VectorModel vectors;
    /** Decoders that use the plain form until the packed one is there. */
    private int starters;
    /** Whether the plain form must stay. */
    private boolean plainAsked;

    private @Nullable Object holder;

    /** @param file is closed with the weights */
    ModelWeights(
            Safetensors file, CheckpointTensors tensors, ModelConfig config, TensorType compute, Placement placement) {
        this.file = file;
        this.tensors = tensors;
        this.config = config;
        this.compute = compute;
        this.placement = placement;
        this.memory = MemoryNeed.of(config, tensors, compute, placement.single());
        madePlain();
    }

    private synchronized PlainWeights plain() {
        plainAsked = true;
        return madePlain();
    }

    private synchronized PlainWeights madePlain() {
        PlainWeights made = plain;
        if (made == null) {
            made = new PlainWeights(tensors, config, compute, placement, false);
            plain = made;
        }
        return made;
    }

    /** What programs decode with. @param linear the resource with the products that take such weights */
    record Form(IValue shared, IValue layers, String linear, boolean starter) {}

    /** The best form that is there; a starter is given back by {@link #started()}. */
    synchronized Form decoding() {
        if (packed != null) return new Form(packed.sharedList(), packed.layerList(), "packed_linear.py", false);
        boolean starter = packs();
        if (starter) starters++;
        else plainAsked = true;
        PlainWeights made = madePlain();
        return new Form(made.sharedList(), made.layerList(), "linear.py", starter);
    }

    /** One that decodes has another form now, or has ended. */
    synchronized void started() {
        starters--;
        freePlain();
    }

    private boolean packs() {
        return compute == TensorType.BF16 && PackedWeights.known();
    }

    /** Whether the packed form is there. */
    synchronized boolean isPacked() {
        return packed != null;
    }

    /** Makes the form in the order of bf16 products on a processor, where there is one; others may decode meanwhile. */
    void pack() {
        synchronized (packing) {
            if (!packs() || isPacked()) return;
            PackedWeights made = new PackedWeights(tensors, config);
            synchronized (this) {
                packed = made;
                freePlain();
            }
        }
    }

    /** Makes the form that loops over vectors take; others may decode meanwhile. */
    void makeVectors() {
        VectorModel made = VectorKernels.model(tensors, config, compute);
        synchronized (this) {
            vectors = made;
        }
    }

    /** The format that its matrices have. */
    VectorFormat vectorFormat() {
        return VectorKernels.format(tensors, compute);
    }

    /** The form that loops over vectors take, once it is made. */
    synchronized Optional<VectorModel> vectors() {
        return Optional.ofNullable(vectors);
    }

    private void freePlain() {
        if (plain == null || packed == null || starters > 0 || plainAsked) return;
        plain.close();
        plain = null;
    }

    MemoryNeed memory() {
        return memory;
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
        if (vectors != null) vectors.close();
        if (packed != null) packed.close();
        if (plain != null) plain.close();
        file.close();
    }
}
