package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of completions under a policy and their gradient by the trained values. The objective is core's: the
 * engine gives log-probs, asks for dLoss/dLogProb, and returns dLoss/dv. Used by one thread at a time.
 */
public final class PolicyGradient implements AutoCloseable {
    /** A prompt with one completion, as token ids. */
    public record Sequence(int[] promptTokens, int[] completionTokens) {}

    /** Gives dLoss/dLogProb of one sequence, one number a completion token, from the current log-probs. */
    @FunctionalInterface
    public interface Weights {
        double[] of(int sequence, double[] logProbs);
    }

    /**
     * Result of a pass over sequences.
     *
     * @param gradient dLoss/dv, one number a trained value
     * @param logProbs current log-probs, one array a sequence
     */
    public record Result(double[] gradient, List<double[]> logProbs) {}

    private final BaseModel base;
    private final TorchProgram program;
    private @Nullable AdapterTensors adapters;
    private boolean closed;

    public PolicyGradient(BaseModel base) {
        this.base = base.retain();
        this.program = base.program("blocks.py", "trunk.py", "gradient.py");
    }

    /**
     * Forward and backward over micro-batches: sequences in the order of their lengths (equal ones in the given order),
     * cut by token count, so that the batches depend on nothing else; partial gradients are summed in that order.
     *
     * @param temperature divisor of the logits, as in the rollout
     * @param microBatchTokens largest number of padded tokens in one pass; a longer sequence is a pass of its own
     * @param weights is asked once a sequence, by its index in the list
     * @throws Failure CALLER for a sequence that is empty, too long or has an id outside the vocabulary
     */
    public Result gradient(
            Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens, Weights weights) {
        double[] gradient = new double[policy.values().length];
        List<double[]> logProbs = pass(sequences, microBatchTokens, (batch, indexes) -> {
            if (policy.basis() == null) {
                List<double[]> current = infer(policy, batch, temperature);
                for (int i = 0; i < batch.size(); i++)
                    weights.of(indexes.get(i), current.get(i).clone());
                return current;
            }
            Result part = backward(policy, batch, temperature, (i, current) -> weights.of(indexes.get(i), current));
            for (int i = 0; i < gradient.length; i++) gradient[i] += part.gradient()[i];
            return part.logProbs();
        });
        return new Result(gradient, logProbs);
    }

    /** Log-probs of the completions without a gradient. */
    public List<double[]> logProbs(Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens) {
        return pass(sequences, microBatchTokens, (batch, indexes) -> infer(policy, batch, temperature));
    }

    /** Computes the log-probs of one micro-batch, given the indexes of its sequences. */
    private interface Pass {
        List<double[]> over(SequenceBatch batch, List<Integer> indexes);
    }

    /** Runs over all micro-batches; log-probs come back in the given order. */
    private List<double[]> pass(List<Sequence> sequences, int microBatchTokens, Pass pass) {
        for (int i = 0; i < sequences.size(); i++) check(i, sequences.get(i));
        List<Integer> order = IntStream.range(0, sequences.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> SequenceBatch.inputs(sequences.get(i))))
                .toList();
        double[][] logProbs = new double[sequences.size()][];
        int done = 0;
        for (SequenceBatch batch :
                SequenceBatch.cut(order.stream().map(sequences::get).toList(), microBatchTokens)) {
            List<Integer> indexes = order.subList(done, done + batch.size());
            List<double[]> current = pass.over(batch, indexes);
            for (int i = 0; i < batch.size(); i++) logProbs[indexes.get(i)] = current.get(i);
            done += batch.size();
        }
        return Arrays.asList(logProbs);
    }

    private void check(int index, Sequence sequence) {
        int length = sequence.promptTokens().length + sequence.completionTokens().length;
        if (sequence.promptTokens().length == 0 || sequence.completionTokens().length == 0) {
            throw new Failure(Failure.Kind.CALLER, "sequence " + index + " lacks prompt or completion");
        }
        if (length > base.maxPositions()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "sequence %d has %d tokens, the model takes %d".formatted(index, length, base.maxPositions()));
        }
        int vocabulary = base.config().vocabulary();
        if (!inVocabulary(sequence.promptTokens(), vocabulary)
                || !inVocabulary(sequence.completionTokens(), vocabulary)) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "sequence %d has a token outside the vocabulary of %d".formatted(index, vocabulary));
        }
    }

    private static boolean inVocabulary(int[] ids, int vocabulary) {
        return Arrays.stream(ids).allMatch(id -> id >= 0 && id < vocabulary);
    }

    private List<double[]> infer(Policy policy, SequenceBatch batch, double temperature) {
        IValue none = IValue.listFrom(new PtNDArray[0]);
        try (PtNDManager scope = Torch.newManager();
                none;
                IValue ids = IValue.from(batch.ids(scope));
                IValue select = IValue.from(batch.select(scope));
                IValue targets = IValue.from(batch.targets(scope));
                IValue options = IValue.from(Torch.cpu(scope, temperature, 0))) {
            AdapterTensors tensors = policy.basis() == null ? null : adapters(policy.basis());
            IValue factors = tensors == null ? none : tensors.factorList();
            try (IValue r =
                    IValue.listFrom(tensors == null ? new PtNDArray[0] : tensors.policies(scope, List.of(policy)))) {
                ModelWeights model = base.weights();
                NDList out = program.infer(
                        scope, ids, select, targets, options, model.sharedList(), model.layerList(), factors, r);
                return batch.split(out.get(0).toFloatArray());
            }
        }
    }

    /** {@code weights} is asked by the place in the batch. */
    private Result backward(Policy policy, SequenceBatch batch, double temperature, Weights weights) {
        AdapterTensors tensors = adapters(Objects.requireNonNull(policy.basis()));
        boolean before = JniUtils.isGradMode();
        // DJL's own collector allows one gradient a process; the mode belongs to the thread.
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            PtNDArray[] r = tensors.policies(scope, List.of(policy));
            for (PtNDArray tensor : r) tensor.setRequiresGradient(true);
            NDList out = program.call(inputs(scope, batch, temperature, tensors, r));
            List<double[]> current = batch.split(out.get(0).toFloatArray());
            float[] factors = batch.join(i -> weights.of(i, current.get(i).clone()));
            JniUtils.backward((PtNDArray) out.get(1), Torch.of(scope, factors, factors.length), false, false);
            return new Result(tensors.gradient(r), current);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private PtNDArray[] inputs(
            PtNDManager scope, SequenceBatch batch, double temperature, AdapterTensors tensors, PtNDArray[] r) {
        List<PtNDArray> inputs = new ArrayList<>();
        inputs.add(batch.ids(scope));
        inputs.add(batch.select(scope));
        inputs.add(batch.targets(scope));
        inputs.add(Torch.cpu(scope, temperature, 1));
        inputs.addAll(Arrays.asList(base.weights().shared()));
        inputs.addAll(Arrays.asList(base.weights().layers()));
        inputs.addAll(Arrays.asList(tensors.factors()));
        inputs.addAll(Arrays.asList(r));
        return inputs.toArray(PtNDArray[]::new);
    }

    private AdapterTensors adapters(Basis basis) {
        AdapterTensors tensors = adapters;
        if (tensors == null || tensors.basis() != basis) {
            if (tensors != null) tensors.close();
            tensors = new AdapterTensors(base, basis);
            adapters = tensors;
        }
        return tensors;
    }

    /** Frees the tensors of the last basis, and the model when it was closed meanwhile. */
    @Override
    public void close() {
        if (adapters != null) adapters.close();
        adapters = null;
        if (!closed) base.release();
        closed = true;
    }
}
