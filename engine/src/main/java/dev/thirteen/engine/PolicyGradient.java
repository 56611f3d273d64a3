package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Log-probabilities of completions under a policy and their gradient by the trained values. The objective is core's: the
 * engine gives log-probs, asks for dLoss/dLogProb, and returns dLoss/dv. Used by one thread at a time.
 */
public final class PolicyGradient {
    /** A prompt with one completion, as token ids. */
    public record Sequence(int[] promptTokens, int[] completionTokens) {}

    /** Gives dLoss/dLogProb of one sequence, one number a completion token, from the current log-probs. */
    @FunctionalInterface
    public interface Weights {
        double[] of(int sequence, double[] logProbs);
    }

    /**
     * What a loss asks of one sequence.
     *
     * @param byLogProb dLoss/dLogProb, one number a completion token
     * @param byEntropy dLoss/dEntropy of each of them; 0 where entropies are not asked for
     */
    public record Slopes(double[] byLogProb, double byEntropy) {}

    /** Gives the slopes of one sequence, from its current log-probs and the entropies in nats where its tokens are drawn. */
    @FunctionalInterface
    public interface TokenWeights {
        Slopes of(int sequence, double[] logProbs, double[] entropies);
    }

    /**
     * Result of a pass over sequences.
     *
     * @param gradient dLoss/dv, one number a trained value
     * @param logProbs current log-probs, one array a sequence
     */
    public record Result(double[] gradient, List<double[]> logProbs) {}

    private final BaseModel base;
    private final boolean oneThread;

    public PolicyGradient(BaseModel base) {
        this(base, false);
    }

    /** @param oneThread whether the bits must not depend on the number of threads */
    public PolicyGradient(BaseModel base, boolean oneThread) {
        this.base = base;
        this.oneThread = oneThread;
    }

    /**
     * Forward and backward over micro-batches: sequences in the order of their lengths (equal ones in the given order),
     * those with a common prompt together, cut by token count, so that the batches depend on nothing else; partial
     * gradients are summed in that order. The common prompt is computed once a micro-batch.
     *
     * @param temperature divisor of the logits, as in the rollout
     * @param microBatchTokens largest number of tokens in one pass; a longer sequence is a pass of its own
     * @param weights is asked once a sequence, by its index in the list
     * @throws Failure CALLER for a sequence that is empty, too long or has an id outside the vocabulary
     */
    public Result gradient(
            Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens, Weights weights) {
        return gradient(policy, sequences, temperature, microBatchTokens, false, plain(weights));
    }

    static TokenWeights plain(Weights weights) {
        return (sequence, logProbs, _) -> new Slopes(weights.of(sequence, logProbs), 0);
    }

    /** The same for a loss of log-probs and, when asked for, of entropies; without, those that it is given are empty. */
    public Result gradient(
            Policy policy,
            List<Sequence> sequences,
            double temperature,
            int microBatchTokens,
            boolean entropies,
            TokenWeights weights) {
        requireWhole(policy);
        double[][] gradient = {new double[policy.values().length]};
        try (GradientPass pass = new GradientPass(base, List.of(policy), temperature)) {
            List<double[]> logProbs = over(
                    sequences,
                    new int[sequences.size()],
                    microBatchTokens,
                    batch -> pass.backward(batch, entropies, weights, gradient));
            return new Result(gradient[0], logProbs);
        }
    }

    /**
     * What one policy has of a pass that others take part in.
     *
     * @param weights is asked once a sequence, by its index in these sequences
     */
    public record Part(Policy policy, List<Sequence> sequences, TokenWeights weights) {
        public Part {
            sequences = List.copyOf(sequences);
        }
    }

    /**
     * The gradient of each part by its own policy's values, in their order. Policies whose R is trained between one A and B
     * share micro-batches, so that many small parts cost what one of all their sequences does; the others take their turns,
     * as all do where the bits must not depend on who takes part.
     */
    public List<Result> gradients(List<Part> parts, double temperature, int microBatchTokens, boolean entropies) {
        if (parts.size() == 1) return List.of(gradient(parts.getFirst(), temperature, microBatchTokens, entropies));
        Map<Object, List<Integer>> together = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            Basis basis = parts.get(i).policy().basis();
            Object key = basis != null && shares(basis, microBatchTokens) ? basis.frozen() : i;
            together.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
        }
        Result[] results = new Result[parts.size()];
        for (List<Integer> members : together.values()) {
            List<Part> some = members.stream().map(parts::get).toList();
            List<Result> found = some.size() > 1
                    ? together(some, temperature, microBatchTokens, entropies)
                    : List.of(gradient(some.getFirst(), temperature, microBatchTokens, entropies));
            for (int i = 0; i < members.size(); i++) results[members.get(i)] = found.get(i);
        }
        return Arrays.asList(results);
    }

    private Result gradient(Part part, double temperature, int microBatchTokens, boolean entropies) {
        return gradient(part.policy(), part.sequences(), temperature, microBatchTokens, entropies, part.weights());
    }

    /** Not where the device's own kernels, which take one policy a pass, are faster. */
    private boolean shares(Basis basis, int microBatchTokens) {
        return !oneThread
                && basis.family().trainedPart() == AdapterFamily.TrainedPart.CORE
                && base.placement().single()
                && base.deviceGradient(basis, microBatchTokens).isEmpty();
    }

    private static void requireWhole(Policy policy) {
        if (policy.basis() != null) policy.basis().requireWhole();
    }

    private List<Result> together(List<Part> parts, double temperature, int microBatchTokens, boolean entropies) {
        List<Sequence> sequences = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        int[] firsts = new int[parts.size()];
        double[][] gradients = new double[parts.size()][];
        for (int part = 0; part < parts.size(); part++) {
            requireWhole(parts.get(part).policy());
            firsts[part] = sequences.size();
            gradients[part] = new double[parts.get(part).policy().values().length];
            sequences.addAll(parts.get(part).sequences());
            owners.addAll(Collections.nCopies(parts.get(part).sequences().size(), part));
        }
        TokenWeights weights = (sequence, logProbs, drawn) -> {
            int owner = owners.get(sequence);
            return parts.get(owner).weights().of(sequence - firsts[owner], logProbs, drawn);
        };
        List<Policy> policies = parts.stream().map(Part::policy).toList();
        try (GradientPass pass = new GradientPass(base, policies, temperature)) {
            List<double[]> logProbs = over(
                    sequences,
                    owners.stream().mapToInt(Integer::intValue).toArray(),
                    microBatchTokens,
                    batch -> pass.backward(batch, entropies, weights, gradients));
            List<Result> results = new ArrayList<>();
            for (int part = 0; part < parts.size(); part++) {
                int last = firsts[part] + parts.get(part).sequences().size();
                results.add(new Result(gradients[part], List.copyOf(logProbs.subList(firsts[part], last))));
            }
            return results;
        }
    }

    /** Log-probs of the completions without a gradient. */
    public List<double[]> logProbs(Policy policy, List<Sequence> sequences, double temperature, int microBatchTokens) {
        try (GradientPass pass = new GradientPass(base, List.of(policy), temperature)) {
            return over(sequences, new int[sequences.size()], microBatchTokens, pass::logProbs);
        }
    }

    /** Computes the log-probs of one micro-batch, in its order. */
    private interface BatchWork {
        List<double[]> on(SequenceBatch batch);
    }

    /**
     * Runs over all micro-batches; log-probs come back in the given order.
     *
     * @param owners number of the policy of each sequence
     */
    private List<double[]> over(List<Sequence> sequences, int[] owners, int microBatchTokens, BatchWork work) {
        for (int i = 0; i < sequences.size(); i++) check(i, sequences.get(i));
        Torch.oneThread(oneThread);
        double[][] logProbs = new double[sequences.size()][];
        for (SequenceBatch batch : SequenceBatch.cut(sequences, owners, microBatchTokens)) {
            batch.inGivenOrder(work.on(batch), logProbs);
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
}
