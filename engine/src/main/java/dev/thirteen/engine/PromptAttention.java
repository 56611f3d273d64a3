package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.engine.device.DeviceDecoder;

/** libtorch's attention over prompts, between the device's own kernels. */
final class PromptAttention {
    private final TorchProgram program;
    private final PtNDArray q;
    private final PtNDArray k;
    private final PtNDArray v;
    private final PtNDArray o;

    PromptAttention(BaseModel base, PtNDManager manager) {
        this.program = base.program("prompt_attention.py");
        ModelConfig.Heads heads = base.config().heads();
        int tokens = DeviceDecoder.PROMPT_TOKENS;
        this.q = DeviceSteps.matrix(base, manager, tokens, heads.queryWidth());
        this.k = DeviceSteps.matrix(base, manager, tokens, heads.keyValueWidth());
        this.v = DeviceSteps.matrix(base, manager, tokens, heads.keyValueWidth());
        this.o = DeviceSteps.matrix(base, manager, tokens, heads.queryWidth());
    }

    /** Over this many prompts of equal padded length. */
    DeviceDecoder.Prompt over(int prompts, int time) {
        return new DeviceDecoder.Prompt(
                TensorAddress.of(q), TensorAddress.of(k), TensorAddress.of(v), TensorAddress.of(o), () -> {
                    try (PtNDManager scope = Torch.newManager();
                            IValue tensors = IValue.listFrom(q, k, v, o);
                            IValue batch = IValue.from((long) prompts);
                            IValue length = IValue.from((long) time)) {
                        program.infer(scope, tensors, batch, length);
                    }
                });
    }
}
