package dev.thirteen.core.adapter;

import java.util.List;

/**
 * How a number of trained values is spent, as the paper advises (arXiv 2602.04118, section 6.5): r = 2, every module its own v
 * as long as u is at least 1, and only then modules that share one, as few as can be.
 *
 * @param numbers most values that may be trained
 */
public record TinyLoraBudget(long numbers) {
    private static final int RANK = 2;

    public TinyLoraBudget {
        if (numbers < 1) throw new IllegalArgumentException("a budget has at least 1 number: " + numbers);
    }

    /** The budget of so many bytes in a number format. */
    public static TinyLoraBudget ofBytes(long bytes, ValueType type) {
        return new TinyLoraBudget(bytes / type.bytes());
    }

    /**
     * The spec for a model; what the budget says nothing of is taken from another spec.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER when that chooses no module
     */
    public TinyLoraSpec spend(ModelShape shape, TinyLoraSpec other) {
        List<Integer> targets = other.targets().of(shape);
        int modules = targets.size();
        int u = (int) Math.clamp(numbers / modules, 1, 65_536);
        int tieSize = numbers >= modules ? 1 : (int) ((modules + numbers - 1) / numbers);
        int rank = Math.min(RANK, shape.maxRank(targets));
        return new TinyLoraSpec(
                rank,
                u,
                Tying.TILED,
                tieSize,
                other.sigmaForm(),
                other.projectionSeed(),
                other.valueType(),
                other.targets());
    }
}
