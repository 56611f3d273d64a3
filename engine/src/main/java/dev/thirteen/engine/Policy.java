package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;

/**
 * A policy: the base alone, or with an adapter.
 *
 * @param basis null for the base alone
 * @param values trained values in slot order, as rolled out; empty for the base alone. Not shared after construction.
 */
public record Policy(@org.jspecify.annotations.Nullable Basis basis, float[] values) {
    /** The base model without adapter. */
    public static final Policy BASE = new Policy(null, new float[0]);

    public Policy {
        values = values.clone();
        if (basis == null && values.length > 0) throw new Failure(Failure.Kind.CALLER, "values without a basis");
        if (basis != null && values.length != basis.trainedNumbers()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the adapter has %d values, its basis asks for %d"
                            .formatted(values.length, basis.trainedNumbers()));
        }
        for (float value : values) {
            if (!Float.isFinite(value))
                throw new Failure(Failure.Kind.CALLER, "the adapter has a value that is not finite");
        }
    }
}
