package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.engine.device.DeviceBackward;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's attention over sequences and back, between the device's own kernels. Where prompts are shared it is that for
 * lengths of their own: the usual one wants a mask then, which costs more than the rest of a layer.
 */
final class SequenceAttention implements DeviceBackward.Caller {
    private final TorchProgram plainForward;
    private final TorchProgram plainBack;
    private final TorchProgram sharedForward;
    private final TorchProgram sharedBack;
    private final List<PtNDArray[]> layers = new ArrayList<>();
    private final PtNDArray o;
    private final PtNDArray by;
    private final PtNDArray dq;
    private final PtNDArray dk;
    private final PtNDArray dv;
    private PtNDArray[] spans = new PtNDArray[0];
    private @Nullable PtNDArray facts;
    private boolean shared;

    SequenceAttention(BaseModel base, PtNDManager manager, int tokens) {
        this.plainForward = base.program("blocks.py", "token_heads.py", "span_attention.py", "span_forward.py");
        this.plainBack = base.program("blocks.py", "token_heads.py", "span_attention.py", "span_back.py");
        this.sharedForward = base.program("token_heads.py", "shared_attention.py", "shared_forward.py");
        this.sharedBack = base.program("token_heads.py", "shared_attention.py", "shared_back.py");
        int wide = base.config().heads().queryWidth();
        int narrow = base.config().heads().keyValueWidth();
        for (int i = 0; i < base.config().layers(); i++) {
            layers.add(new PtNDArray[] {
                DeviceSteps.matrix(base, manager, tokens, wide),
                DeviceSteps.matrix(base, manager, tokens, narrow),
                DeviceSteps.matrix(base, manager, tokens, narrow)
            });
        }
        this.o = DeviceSteps.matrix(base, manager, tokens, wide);
        this.by = DeviceSteps.matrix(base, manager, tokens, wide);
        this.dq = DeviceSteps.matrix(base, manager, tokens, wide);
        this.dk = DeviceSteps.matrix(base, manager, tokens, narrow);
        this.dv = DeviceSteps.matrix(base, manager, tokens, narrow);
    }

    /** Where all of it lies. */
    DeviceBackward.Tensors tensors(long x, long gradient) {
        List<DeviceBackward.Tensors.Attention> places = layers.stream()
                .map(layer -> new DeviceBackward.Tensors.Attention(
                        TensorAddress.of(layer[0]), TensorAddress.of(layer[1]), TensorAddress.of(layer[2])))
                .toList();
        return new DeviceBackward.Tensors(
                places,
                TensorAddress.of(o),
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
     * @param scope owns what describes them, until the pass is over
     */
    void over(PtNDManager scope, SequenceBatch batch) {
        SharedSpans described = batch.sharedSpans();
        shared = described.any();
        spans = shared ? described.on(scope, batch::place) : batch.spans(scope);
        facts = shared ? Torch.cpu(scope, described.facts()) : batch.facts(scope);
    }

    @Override
    public void attend(int layer) {
        PtNDArray[] of = layers.get(layer);
        try (PtNDManager scope = Torch.newManager();
                IValue list = IValue.listFrom(of[0], of[1], of[2], o);
                IValue blocks = IValue.listFrom(spans);
                IValue about = IValue.from(Objects.requireNonNull(facts))) {
            (shared ? sharedForward : plainForward).infer(scope, list, blocks, about);
        }
    }

    @Override
    public void attendBack(int layer) {
        PtNDArray[] of = layers.get(layer);
        List<PtNDArray> inputs = new ArrayList<>(List.of(of[0], of[1], of[2], by, dq, dk, dv));
        TorchProgram.nameList("tensors", inputs.toArray(PtNDArray[]::new));
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            inputs.addAll(Arrays.asList(spans));
            inputs.add(Objects.requireNonNull(facts));
            (shared ? sharedBack : plainBack)
                    .call(inputs.toArray(PtNDArray[]::new))
                    .close();
        } finally {
            JniUtils.setGradMode(before);
        }
    }
}
