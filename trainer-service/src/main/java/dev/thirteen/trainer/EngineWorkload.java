package dev.thirteen.trainer;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import java.util.List;

/** A workload on the engine. The store may unload the base between steps; the basis goes and comes with it. */
final class EngineWorkload implements Workload {
    private final ModelStore store;
    private final Blobs blobs;
    private final String folder;
    private final String baseDigest;
    private final String basisDigest;
    private final String tokenizerDigest;
    private final int trainedNumbers;
    private final Prompts prompts;
    private BaseModel base;
    private Basis basis;

    EngineWorkload(ModelStore store, Blobs blobs, String folder, BaseModel base, Basis basis, Prompts prompts) {
        this.store = store;
        this.blobs = blobs;
        this.folder = folder;
        this.baseDigest = base.digest();
        this.basisDigest = basis.digest();
        this.tokenizerDigest = base.tokenizer().digest();
        this.trainedNumbers = basis.trainedNumbers();
        this.base = base;
        this.basis = basis;
        this.prompts = prompts;
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
        return basisDigest;
    }

    @Override
    public String tokenizerDigest() {
        return tokenizerDigest;
    }

    @Override
    public int trainedNumbers() {
        return trainedNumbers;
    }

    @Override
    public synchronized double[] gradient(
            float[] values,
            List<PolicyGradient.Sequence> sequences,
            double temperature,
            int microBatchTokens,
            PolicyGradient.Weights weights) {
        BaseModel current = store.get(folder, baseDigest);
        if (current != base) {
            basis.close();
            base = current;
            basis = Basis.read(current, blobs.get(basisDigest));
        }
        return new PolicyGradient(current)
                .gradient(new Policy(basis, values), sequences, temperature, microBatchTokens, weights)
                .gradient();
    }

    @Override
    public synchronized void close() {
        basis.close();
    }
}
