package dev.thirteen.engine;

import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A policy: the base alone, or with an adapter. Equal policies compute the same function: they are known by the digest of their
 * basis, which covers the base's, and their values, so that a basis that was dropped and read again is the same one. Those
 * {@link #toSample} are equal among themselves.
 */
public final class Policy {
    /** The base model without adapter. */
    public static final Policy BASE = new Policy(null, new float[0]);

    private final @Nullable Basis basis;
    private final float[] values;
    private final int hash;

    /**
     * @param basis null for the base alone
     * @param values trained values in the order of the basis, as rolled out; empty for the base alone. Copied.
     * @throws Failure CALLER for a wrong number of values and for one that is not finite
     */
    public Policy(@Nullable Basis basis, float[] values) {
        this.basis = basis;
        this.values = values.clone();
        this.hash = 31 * (basis == null ? 0 : basis.digest().hashCode()) + Arrays.hashCode(values);
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

    /**
     * The policy to sample and score by. Of TinyLoRA it holds R = Σᵢ vᵢ Pᵢ and no P, which has u·r² numbers a module and would
     * stay as long as the policy is asked for; it is refused (BUG) where it is to be trained or written.
     *
     * @param basis of the values
     * @throws Failure as the constructor
     */
    public static Policy toSample(Basis basis, float[] values) {
        Policy whole = new Policy(basis, values);
        if (!(basis.family() instanceof TinyLora family)) return whole;
        return new Policy(basis.withoutProjections(), family.cores(values));
    }

    /** Null for the base alone. */
    public @Nullable Basis basis() {
        return basis;
    }

    /** Not to be changed. */
    public float[] values() {
        return values;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Policy policy
                        && hash == policy.hash
                        && sameBasis(policy)
                        && Arrays.equals(values, policy.values));
    }

    private boolean sameBasis(Policy other) {
        if (basis == null || other.basis == null) return basis == other.basis;
        return basis == other.basis || basis.digest().equals(other.basis.digest());
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
