package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.engine.device.DeviceBackward;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** libtorch's attention over sequences and back, each of its own length, between the device's own kernels. */
final class SequenceAttention implements DeviceBackward.Caller {
    /**
     * One layer's tensors [tokens, all heads' width].
     *
     * @param o is read again on the way back
     */
    private record Layer(PtNDArray q, PtNDArray k, PtNDArray v, PtNDArray o) {}

    private final TorchProgram forward;
    private final TorchProgram back;
    private final List<Layer> layers = new ArrayList<>();
    /** What the way back wants of each layer, for the pass at hand. */
    private final List<NDList> kept = new ArrayList<>();

    private final PtNDArray by;
    private final PtNDArray dq;
    private final PtNDArray dk;
    private final PtNDArray dv;
    private PtNDArray[] spans = new PtNDArray[0];
    private @Nullable PtNDArray facts;
    private @Nullable PtNDManager pass;

    SequenceAttention(BaseModel base, PtNDManager manager, int tokens) {
        this.forward = base.program("token_heads.py", "sequence_attention.py", "sequence_forward.py");
        this.back = base.program("token_heads.py", "sequence_attention.py", "sequence_back.py");
        int wide = base.config().heads().queryWidth();
        int narrow = base.config().heads().keyValueWidth();
        for (int i = 0; i < base.config().layers(); i++) {
            layers.add(new Layer(
                    DeviceSteps.matrix(base, manager, tokens, wide),
                    DeviceSteps.matrix(base, manager, tokens, narrow),
                    DeviceSteps.matrix(base, manager, tokens, narrow),
                    DeviceSteps.matrix(base, manager, tokens, wide)));
        }
        this.by = DeviceSteps.matrix(base, manager, tokens, wide);
        this.dq = DeviceSteps.matrix(base, manager, tokens, wide);
        this.dk = DeviceSteps.matrix(base, manager, tokens, narrow);
        this.dv = DeviceSteps.matrix(base, manager, tokens, narrow);
    }

    /** Where all of it lies. */
    DeviceBackward.Tensors tensors(long x, long gradient) {
        List<DeviceBackward.Tensors.Attention> places = layers.stream()
                .map(layer -> new DeviceBackward.Tensors.Attention(
                        TensorAddress.of(layer.q),
                        TensorAddress.of(layer.k),
                        TensorAddress.of(layer.v),
                        TensorAddress.of(layer.o)))
                .toList();
        return new DeviceBackward.Tensors(
                places,
                TensorAddress.of(by),
                TensorAddress.of(dq),
                TensorAddress.of(dk),
                TensorAddress.of(dv),
                x,
                gradient);
    }

    /**
     * Sets the sequences of the next pass.
     *
     * @param scope owns what describes them and what the way back wants, until the pass is over
     */
    void over(PtNDManager scope, SequenceBatch batch) {
        AttendedSpans described = batch.attendedSpans();
        pass = scope;
        spans = described.on(scope, batch::place);
        facts = Torch.cpu(scope, described.facts());
        kept.clear();
    }

    @Override
    public void attend(int layer) {
        Layer of = layers.get(layer);
        try (IValue tensors = IValue.listFrom(of.q, of.k, of.v, of.o);
                IValue blocks = IValue.listFrom(spans);
                IValue about = IValue.from(Objects.requireNonNull(facts))) {
            kept.add(forward.infer(Objects.requireNonNull(pass), tensors, blocks, about));
        }
    }

    @Override
    public void attendBack(int layer) {
        Layer of = layers.get(layer);
        PtNDArray[] wanted = kept.get(layer).stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new);
        try (PtNDManager scope = Torch.newManager();
                IValue tensors = IValue.listFrom(of.q, of.k, of.v, of.o, by, dq, dk, dv);
                IValue before = IValue.listFrom(wanted);
                IValue blocks = IValue.listFrom(spans);
                IValue about = IValue.from(Objects.requireNonNull(facts))) {
            back.infer(scope, tensors, before, blocks, about);
        }
    }
}
