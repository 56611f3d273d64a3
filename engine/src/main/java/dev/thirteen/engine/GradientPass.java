package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The native side of one pass over sequences: program and adapter tensors of one policy. */
final class GradientPass implements AutoCloseable {
    private final BaseModel base;
    private final double temperature;
    private final TorchProgram program;
    private final @Nullable TrainedAdapter adapter;

    GradientPass(BaseModel base, Policy policy, double temperature) {
        this.base = base.retain();
        this.temperature = temperature;
        this.program = base.program("linear.py", "blocks.py", "trunk.py", "gradient.py");
        this.adapter = policy.basis() == null ? null : new TrainedAdapter(base, policy);
    }

    /** Log-probs of the completions of a batch. */
    List<double[]> logProbs(SequenceBatch batch) {
        try (PtNDManager scope = Torch.newManager();
                IValue ids = IValue.from(batch.ids(scope));
                IValue select = IValue.from(batch.select(scope));
                IValue targets = IValue.from(batch.targets(scope));
                IValue options = IValue.from(Torch.cpu(scope, temperature, 0));
                IValue none = IValue.listFrom(new PtNDArray[0])) {
            ModelWeights weights = base.weights();
            IValue factors = adapter == null ? none : adapter.inputs().factorList();
            IValue terms = adapter == null ? none : adapter.inputs().termList();
            NDList out = program.infer(
                    scope, ids, select, targets, options, weights.sharedList(), weights.layerList(), factors, terms);
            return batch.split(out.get(0).toFloatArray());
        }
    }

    /** The same with the gradient by the trained values; {@code weights} is asked by the place in the batch. */
    PolicyGradient.Result backward(SequenceBatch batch, PolicyGradient.Weights weights) {
        if (adapter == null) {
            List<double[]> current = logProbs(batch);
            batch.join(i -> weights.of(i, current.get(i).clone()));
            return new PolicyGradient.Result(new double[0], current);
        }
        boolean before = JniUtils.isGradMode();
        // DJL's own collector allows one gradient a process; the mode belongs to the thread.
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            adapter.zeroGradients();
            NDList out = program.call(inputs(scope, batch, adapter.inputs()));
            List<double[]> current = batch.split(out.get(0).toFloatArray());
            float[] factors = batch.join(i -> weights.of(i, current.get(i).clone()));
            JniUtils.backward((PtNDArray) out.get(1), Torch.of(scope, factors, factors.length), false, false);
            return new PolicyGradient.Result(adapter.gradient(), current);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private PtNDArray[] inputs(PtNDManager scope, SequenceBatch batch, AdapterInputs adapters) {
        List<PtNDArray> inputs = new ArrayList<>(
                List.of(batch.ids(scope), batch.select(scope), batch.targets(scope), Torch.cpu(scope, temperature, 1)));
        inputs.addAll(Arrays.asList(base.weights().shared()));
        inputs.addAll(Arrays.asList(base.weights().layers()));
        inputs.addAll(Arrays.asList(adapters.factorTensors()));
        inputs.addAll(Arrays.asList(adapters.termTensors()));
        return inputs.toArray(PtNDArray[]::new);
    }

    @Override
    public void close() {
        if (adapter != null) adapter.close();
        base.release();
    }
}
