package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The native side of one pass over sequences: program and adapter tensors of one policy. */
final class GradientPass implements AutoCloseable {
    private final BaseModel base;
    private final Policy policy;
    private final double temperature;
    private final TorchProgram program;
    private @Nullable TrainedAdapter adapter;

    GradientPass(BaseModel base, Policy policy, double temperature) {
        this.base = base.retain();
        this.policy = policy;
        this.temperature = temperature;
        this.program = base.program("linear.py", "blocks.py", "span_attention.py", "span_trunk.py", "gradient.py");
    }

    /** Made when the programs need it: the device's own kernels do without. */
    private TrainedAdapter adapter() {
        TrainedAdapter made = adapter;
        if (made == null) {
            made = new TrainedAdapter(base, policy);
            adapter = made;
        }
        return made;
    }

    /** Log-probs of the completions of a batch. */
    List<double[]> logProbs(SequenceBatch batch) {
        return batch.split(numbers(batch, false), 0);
    }

    /** Log-probs of all completion tokens; their entropies behind them when asked for. */
    private float[] numbers(SequenceBatch batch, boolean entropies) {
        try (PtNDManager scope = Torch.newManager();
                IValue ids = IValue.from(batch.ids(scope));
                IValue select = IValue.from(batch.select(scope));
                IValue targets = IValue.from(batch.targets(scope));
                IValue options = IValue.from(Torch.cpu(scope, temperature, 0, entropies ? 1 : 0));
                IValue facts = IValue.from(batch.facts(scope));
                IValue spans = IValue.listFrom(batch.spans(scope));
                IValue none = IValue.listFrom(new PtNDArray[0])) {
            ModelWeights weights = base.weights();
            boolean plain = policy.basis() == null;
            IValue factors = plain ? none : adapter().inputs().factorList();
            IValue terms = plain ? none : adapter().inputs().termList();
            IValue shared = weights.sharedList();
            IValue layers = weights.layerList();
            NDList out =
                    program.infer(scope, ids, select, targets, options, facts, spans, shared, layers, factors, terms);
            return out.get(0).toFloatArray();
        }
    }

    /** The same with the gradient by the trained values; {@code weights} is asked by the place in the list that was cut. */
    PolicyGradient.Result backward(SequenceBatch batch, boolean entropies, PolicyGradient.TokenWeights weights) {
        Optional<DeviceGradient> device = base.deviceGradient(policy.basis(), batch.tokens());
        if (device.isPresent()) return device.get().backward(policy, batch, temperature, entropies, weights);
        if (policy.basis() == null) {
            float[] numbers = numbers(batch, entropies);
            batch.slopes(numbers, entropies, weights);
            return new PolicyGradient.Result(new double[0], batch.split(numbers, 0));
        }
        TrainedAdapter trained = adapter();
        boolean before = JniUtils.isGradMode();
        // DJL's own collector allows one gradient a process; the mode belongs to the thread.
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            trained.zeroGradients();
            NDList out = program.call(inputs(scope, batch, entropies, trained.inputs()));
            float[] numbers = out.get(0).toFloatArray();
            float[] slopes = batch.slopes(numbers, entropies, weights);
            JniUtils.backward((PtNDArray) out.get(1), Torch.of(scope, slopes, slopes.length), false, false);
            return new PolicyGradient.Result(trained.gradient(), batch.split(numbers, 0));
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private PtNDArray[] inputs(PtNDManager scope, SequenceBatch batch, boolean entropies, AdapterInputs adapters) {
        List<PtNDArray> inputs = batch.inputs(scope, temperature, 1, entropies ? 1 : 0);
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
