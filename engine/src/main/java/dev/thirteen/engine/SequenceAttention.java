package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.engine.cuda.CudaGradient;
import java.util.ArrayList;
import java.util.List;

/** libtorch's attention over sequences and back, between the device's own kernels. */
final class SequenceAttention implements CudaGradient.Caller {
    private final TorchProgram forward;
    private final TorchProgram back;
    private final List<PtNDArray[]> layers = new ArrayList<>();
    private final PtNDArray o;
    private final PtNDArray by;
    private final PtNDArray dq;
    private final PtNDArray dk;
    private final PtNDArray dv;
    private int sequences;
    private int time;

    SequenceAttention(BaseModel base, PtNDManager manager, int tokens) {
        this.forward = base.program("prompt_attention.py");
        this.back = base.program("prompt_attention_back.py");
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
    CudaGradient.Tensors tensors(long x, long gradient) {
        List<CudaGradient.Tensors.Attention> places = layers.stream()
                .map(layer -> new CudaGradient.Tensors.Attention(
                        TensorAddress.of(layer[0]), TensorAddress.of(layer[1]), TensorAddress.of(layer[2])))
                .toList();
        return new CudaGradient.Tensors(
                places,
                TensorAddress.of(o),
                TensorAddress.of(by),
                TensorAddress.of(dq),
                TensorAddress.of(dk),
                TensorAddress.of(dv),
                x,
                gradient);
    }

    /** The sequences of the next pass, of equal padded length. */
    void over(int count, int length) {
        sequences = count;
        time = length;
    }

    @Override
    public void attend(int layer) {
        PtNDArray[] of = layers.get(layer);
        try (PtNDManager scope = Torch.newManager();
                IValue list = IValue.listFrom(of[0], of[1], of[2], o);
                IValue batch = IValue.from((long) sequences);
                IValue length = IValue.from((long) time)) {
            forward.infer(scope, list, batch, length);
        }
    }

    @Override
    public void attendBack(int layer) {
        PtNDArray[] of = layers.get(layer);
        PtNDArray[] list = {of[0], of[1], of[2], by, dq, dk, dv};
        TorchProgram.nameList("tensors", list);
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            PtNDArray[] inputs = new PtNDArray[list.length + 1];
            System.arraycopy(list, 0, inputs, 0, list.length);
            inputs[list.length] = Torch.cpu(scope, sequences, time);
            back.call(inputs).close();
        } finally {
            JniUtils.setGradMode(before);
        }
    }
}
