package dev.thirteen.trainer;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A workload on the engine. The store may unload the base between steps; the gradient's program goes and comes with it. */
final class EngineWorkload implements Workload {
    private final ModelStore store;
    private final String folder;
    private final String baseDigest;
    private final String tokenizerDigest;
    private final Basis basis;
    private final Prompts prompts;
    private final boolean deterministic;
    private @Nullable BaseModel base;
    private @Nullable PolicyGradient program;

    EngineWorkload(
            ModelStore store, String folder, BaseModel base, Basis basis, Prompts prompts, boolean deterministic) {
        this.store = store;
        this.folder = folder;
        this.baseDigest = base.digest();
        this.tokenizerDigest = base.tokenizer().digest();
        this.basis = basis;
        this.prompts = prompts;
        this.deterministic = deterministic;
    }

    @Override
    public Prompts prompts() {
        return prompts;
    }

    @Override
    public String baseDigest() {
        return baseDigest;
    }

    @Override
    public String basisDigest() {
        return basis.digest();
    }

    @Override
    public String tokenizerDigest() {
        return tokenizerDigest;
    }

    @Override
    public AdapterFamily family() {
        return basis.family();
    }

    @Override
    public int degreesOfFreedom() {
        return basis.family().degreesOfFreedom();
    }

    @Override
    public synchronized PolicyGradient.Result gradient(
            float[] values,
            List<PolicyGradient.Sequence> sequences,
            double temperature,
            int microBatchTokens,
            boolean entropies,
            PolicyGradient.TokenWeights weights) {
        Policy policy = new Policy(basis, values);
        return program().gradient(policy, sequences, temperature, microBatchTokens, entropies, weights);
    }

    @Override
    public synchronized List<double[]> logProbs(
            float[] values, List<PolicyGradient.Sequence> sequences, double temperature, int microBatchTokens) {
        Policy policy = values.length == 0 ? Policy.BASE : new Policy(basis, values);
        return program().logProbs(policy, sequences, temperature, microBatchTokens);
    }

    @Override
    public Optional<String> passes() {
        return deterministic ? Optional.empty() : Optional.of(folder + "\n" + baseDigest);
    }

    @Override
    public synchronized List<PolicyGradient.Result> gradients(
            List<Part> parts, double temperature, int microBatchTokens, boolean entropies) {
        List<PolicyGradient.Part> own = parts.stream()
                .map(part -> new PolicyGradient.Part(
                        new Policy(((EngineWorkload) part.of()).basis, part.values()),
                        part.sequences(),
                        part.weights()))
                .toList();
        return program().gradients(own, temperature, microBatchTokens, entropies);
    }

    private PolicyGradient program() {
        BaseModel current = store.get(folder, baseDigest);
        PolicyGradient known = program;
        if (known != null && current == base) return known;
        close();
        PolicyGradient fresh = new PolicyGradient(current, deterministic);
        base = current;
        program = fresh;
        return fresh;
    }

    @Override
    public synchronized void close() {
        program = null;
        base = null;
    }
}
