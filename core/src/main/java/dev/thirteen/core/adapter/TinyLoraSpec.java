package dev.thirteen.core.adapter;

/**
 * Shape of a TinyLoRA adapter: W' = W + U Σ (Σᵢ vᵢ Pᵢ) Vᵀ (arXiv 2602.04118, section 4).
 *
 * @param rank r, the rank of the truncated SVD
 * @param u length of one trained vector v
 * @param tieSize n_tie, the modules that share one v; 1 for {@link Tying#ALL}, which needs none
 * @param projectionSeed seed of P; that of the i-th module that is adapted is drawn from projectionSeed + i
 * @param valueType number format of the values as rolled out and sent
 * @param targets the modules that are adapted; tying counts these alone
 */
public record TinyLoraSpec(
        int rank,
        int u,
        Tying tying,
        int tieSize,
        SigmaForm sigmaForm,
        long projectionSeed,
        ValueType valueType,
        TargetModules targets) {
    public TinyLoraSpec {
        if (rank < 1 || rank > 256) throw new IllegalArgumentException("rank must be 1 to 256: " + rank);
        if (u < 1 || u > 65_536) throw new IllegalArgumentException("u must be 1 to 65536: " + u);
        if (tieSize < 1) throw new IllegalArgumentException("n-tie must be at least 1: " + tieSize);
        targets.problem().ifPresent(problem -> {
            throw new IllegalArgumentException("target-modules: " + problem);
        });
    }

    /**
     * Numbers of U, Σ, V and P on a model, which are not trained.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER where no module is chosen
     */
    public long frozenNumbers(ModelShape shape) {
        return targets.of(shape).stream()
                .map(shape.modules()::get)
                .mapToLong(module -> rank * (module.inWidth() + module.outWidth() + 1 + (long) u * rank))
                .sum();
    }

    /**
     * Numbers of P alone, which a basis shares with no other, on a model.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER where no module is chosen
     */
    public long projectionNumbers(ModelShape shape) {
        return (long) u * rank * rank * targets.of(shape).size();
    }

    /** Of all linears. */
    public TinyLoraSpec(
            int rank, int u, Tying tying, int tieSize, SigmaForm sigmaForm, long projectionSeed, ValueType valueType) {
        this(rank, u, tying, tieSize, sigmaForm, projectionSeed, valueType, TargetModules.ALL);
    }
}
