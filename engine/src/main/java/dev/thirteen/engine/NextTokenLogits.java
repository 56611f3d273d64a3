package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/** Logits of the token after a sequence: what comparisons with other engines look at. */
public final class NextTokenLogits {
    private NextTokenLogits() {}

    /** One number a row of the vocabulary, in fp32. */
    public static float[] of(BaseModel base, Policy policy, int[] ids) {
        TorchProgram program = base.program("linear.py", "blocks.py", "trunk.py", "logits.py");
        long[] tokens = new long[ids.length];
        for (int i = 0; i < ids.length; i++) tokens[i] = ids[i];
        try (PtNDManager scope = Torch.newManager();
                BatchAdapters adapters = new BatchAdapters(base);
                IValue input = IValue.from(Torch.of(scope, tokens, 1, tokens.length))) {
            AdapterInputs inputs = adapters.of(List.of(policy));
            ModelWeights weights = base.weights();
            PtNDArray logits = (PtNDArray) program.infer(
                            scope,
                            input,
                            weights.sharedList(),
                            weights.layerList(),
                            inputs.factorList(),
                            inputs.termList())
                    .getFirst();
            return logits.toFloatArray();
        }
    }
}
