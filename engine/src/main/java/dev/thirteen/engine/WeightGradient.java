package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The gradient by all weights of a base model: what full fine-tuning trains. Used by one thread at a time, and while
 * nothing else uses the model: its weights record what is computed with them.
 */
public final class WeightGradient {
    /**
     * Result of a pass.
     *
     * @param gradient dLoss/dweight by the tensor names of the checkpoint, row-major
     * @param logProbs current log-probs, one array a sequence
     */
    public record Result(SequencedMap<String, float[]> gradient, List<double[]> logProbs) {}

    private final BaseModel base;
    private final List<CheckpointLayout.Entry> entries;

    /** @throws Failure CALLER for a base that is not in fp32, or lies on several devices */
    public WeightGradient(BaseModel base) {
        if (base.compute() != TensorType.F32) {
            throw new Failure(Failure.Kind.CALLER, "all weights are trained in fp32; load the model so");
        }
        if (!base.placement().single()) {
            throw new Failure(Failure.Kind.CALLER, "all weights are trained on one device; load the model so");
        }
        this.base = base;
        this.entries = CheckpointLayout.of(base.config());
    }

    /** Forward and backward over all sequences in one pass; {@code weights} gives dLoss/dLogProb of each. */
    public Result of(List<PolicyGradient.Sequence> sequences, double temperature, PolicyGradient.Weights weights) {
        SequenceBatch batch = SequenceBatch.cut(sequences, Integer.MAX_VALUE).getFirst();
        List<PtNDArray> leaves = leaves();
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
        try (PtNDManager scope = Torch.newManager()) {
            leaves.forEach(JniUtils::zeroGrad);
            NDList out = base.program(
                            "linear.py", "blocks.py", "span_attention.py", "span_trunk.py", "weight_gradient.py")
                    .call(inputs(scope, batch, temperature));
            PtNDArray current = (PtNDArray) out.get(0);
            float[] numbers = current.toFloatArray();
            float[] slopes = batch.slopes(numbers, false, PolicyGradient.plain(weights));
            JniUtils.backward(current, Torch.of(scope, slopes, slopes.length), false, false);
            double[][] logProbs = new double[sequences.size()][];
            batch.inGivenOrder(batch.split(numbers, 0), logProbs);
            return new Result(gradient(), Arrays.asList(logProbs));
        } finally {
            leaves.forEach(leaf -> leaf.setRequiresGradient(false));
            JniUtils.setGradMode(before);
        }
    }

    private List<PtNDArray> leaves() {
        return entries.stream()
                .map(CheckpointLayout.Entry::place)
                .distinct()
                .map(this::tensor)
                .toList();
    }

    private PtNDArray tensor(int place) {
        return CheckpointLayout.tensor(base.weights().shared(), base.weights().layers(), place);
    }

    private PtNDArray[] inputs(PtNDManager scope, SequenceBatch batch, double temperature) {
        List<PtNDArray> inputs = batch.inputs(scope, temperature);
        inputs.addAll(Arrays.asList(base.weights().shared()));
        inputs.addAll(Arrays.asList(base.weights().layers()));
        return inputs.toArray(PtNDArray[]::new);
    }

    /** Cuts the fused tensors into those of the checkpoint. */
    private SequencedMap<String, float[]> gradient() {
        SequencedMap<String, float[]> gradient = new LinkedHashMap<>();
        for (CheckpointLayout.Entry entry : entries) {
            try (PtNDArray whole = tensor(entry.place()).getGradient()) {
                int width = entry.elements() / entry.shape()[0];
                int first = entry.firstRow() * width;
                float[] part = Arrays.copyOfRange(whole.toFloatArray(), first, first + entry.elements());
                gradient.put(entry.name(), part);
            }
        }
        return gradient;
    }
}
