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

/** The native side of one pass over sequences: program and adapter tensors of its policies. */
final class GradientPass implements AutoCloseable {
    private final BaseModel base;
    private final List<Policy> policies;
    private final double temperature;
    private final TorchProgram program;
    private @Nullable TrainedAdapter adapter;
    private @Nullable CoreGradient cores;

    /** @param policies one of any kind, or several with one A and B whose R is trained */
    GradientPass(BaseModel base, List<Policy> policies, double temperature) {
        this.base = base.retain();
        this.policies = List.copyOf(policies);
        this.temperature = temperature;
        this.program = base.program(
                "linear.py", "blocks.py", "span_attention.py", "span_trunk.py", "head_directions.py", "gradient.py");
    }

    /** Made when the programs need it: the device's own kernels do without. */
    private TrainedAdapter adapter() {
        TrainedAdapter made = adapter;
        if (made == null) {
            made = new TrainedAdapter(base, policies);
            adapter = made;
        }
        return made;
    }

    /** Log-probs of the completions of a batch under the one policy. */
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
            boolean plain = policies.getFirst().basis() == null;
            IValue factors = plain ? none : adapter().inputs().factorList();
            IValue terms = plain ? none : adapter().inputs().termList();
            IValue shared = weights.sharedList();
            IValue layers = weights.layerList();
            NDList out =
                    program.infer(scope, ids, select, targets, options, facts, spans, shared, layers, factors, terms);
            return out.get(0).toFloatArray();
        }
    }

    /**
     * The same with the gradient by the trained values, under all policies; {@code weights} is asked by the place in the list
     * that was cut.
     *
     * @param gradients one array a policy, to which the batch's part is added
     */
    List<double[]> backward(
            SequenceBatch batch, boolean entropies, PolicyGradient.TokenWeights weights, double[][] gradients) {
        Policy policy = policies.getFirst();
        if (policies.size() > 1) return byPrograms(batch, entropies, weights, gradients);
        Optional<DeviceGradient> device = base.deviceGradient(policy.basis(), batch.tokens());
        if (device.isPresent()) {
            PolicyGradient.Result result = device.get().backward(policy, batch, temperature, entropies, weights);
            for (int i = 0; i < gradients[0].length; i++) gradients[0][i] += result.gradient()[i];
            return result.logProbs();
        }
        if (policy.basis() == null) {
            float[] numbers = numbers(batch, entropies);
            batch.slopes(numbers, entropies, weights);
            return batch.split(numbers, 0);
        }
        if (CoreGradient.serves(base, policy)) return byCores(batch, entropies, weights, gradients);
        return byPrograms(batch, entropies, weights, gradients);
    }

    private List<double[]> byCores(
            SequenceBatch batch, boolean entropies, PolicyGradient.TokenWeights weights, double[][] gradients) {
        CoreGradient made = cores;
        if (made == null) {
            made = new CoreGradient(base, adapter());
            cores = made;
        }
        adapter().zeroGradients();
        List<double[]> logProbs = made.backward(batch, temperature, entropies, weights);
        adapter().addGradients(batch.policyTokens().present(), gradients);
        return logProbs;
    }

    private List<double[]> byPrograms(
            SequenceBatch batch, boolean entropies, PolicyGradient.TokenWeights weights, double[][] gradients) {
        PolicyTokens tokens = batch.policyTokens();
        TrainedAdapter trained = adapter();
        boolean before = JniUtils.isGradMode();
        // DJL's own collector allows one gradient a process; the mode belongs to the thread.
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            trained.zeroGradients();
            NDList out = program.call(inputs(scope, batch, entropies, tokens));
            float[] numbers = out.get(0).toFloatArray();
            float[] slopes = batch.slopes(numbers, entropies, weights);
            JniUtils.backward((PtNDArray) out.get(1), Torch.of(scope, slopes, slopes.length), false, false);
            trained.addGradients(tokens.present(), gradients);
            return batch.split(numbers, 0);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private PtNDArray[] inputs(PtNDManager scope, SequenceBatch batch, boolean entropies, PolicyTokens tokens) {
        AdapterInputs adapters = adapter().inputs();
        List<PtNDArray> inputs = batch.inputs(scope, temperature, 1, entropies ? 1 : 0);
        inputs.addAll(Arrays.asList(base.weights().shared()));
        inputs.addAll(Arrays.asList(base.weights().layers()));
        inputs.addAll(Arrays.asList(adapters.factorTensors()));
        inputs.addAll(Arrays.asList(adapters.termTensors()));
        if (policies.size() > 1) {
            List<PtNDArray> rectangle = tokens.tensors(scope);
            TorchProgram.nameList("policies", rectangle.toArray(PtNDArray[]::new));
            inputs.addAll(rectangle);
        }
        return inputs.toArray(PtNDArray[]::new);
    }

    @Override
    public void close() {
        if (cores != null) cores.close();
        if (adapter != null) adapter.close();
        base.release();
    }
}
