package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Expression;

/** A symbolic algebra: decides what values at points cannot. */
public interface Algebra {
    /** Knows nothing. */
    Algebra NONE = (_, _, _) -> Truth.UNKNOWN;

    /**
     * Whether two expressions are equal wherever both have a value.
     *
     * @throws Work.Exhausted when it took longer than a comparison may
     */
    Truth equal(Expression a, Expression b, Work work);
}
