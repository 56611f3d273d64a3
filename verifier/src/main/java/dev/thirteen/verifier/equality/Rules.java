package dev.thirteen.verifier.equality;

import java.util.OptionalInt;

/**
 * Which of the readings that people disagree on a comparison takes.
 *
 * @param orderedLists whether the order of a list without brackets counts
 * @param percent what a percent sign says
 * @param precision digits behind the point to which decimals are compared; without it to the digits of a decimal label
 * @param relationsForSets whether a relation answers a label that is a set
 */
public record Rules(boolean orderedLists, Percent percent, OptionalInt precision, boolean relationsForSets) {
    /** What 50% is. */
    public enum Percent {
        /** A half; against a number without a percent sign, 50 too. */
        EITHER,
        /** A half. */
        HUNDREDTH,
        /** 50. */
        UNIT
    }

    public static final Rules DEFAULT = new Rules(false, Percent.EITHER, OptionalInt.empty(), false);

    /** As a mathematician reads: 2 ≤ x &lt; 5 answers [2, 5) too. */
    public static final Rules MATHEMATICIAN = new Rules(false, Percent.EITHER, OptionalInt.empty(), true);
}
