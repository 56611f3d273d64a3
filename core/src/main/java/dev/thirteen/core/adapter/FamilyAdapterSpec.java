package dev.thirteen.core.adapter;

import java.util.List;

/**
 * Shape of an adapter of another family than TinyLoRA.
 *
 * @param targets names of the adapted linears, such as {@code q_proj}; empty for all of every layer (BitFit: that have a bias)
 * @param seed of what is drawn at random: the values that it starts with, and VeRA's projections
 * @param valueType number format of the values as rolled out and sent
 */
public record FamilyAdapterSpec(FamilySpec family, List<String> targets, long seed, ValueType valueType) {
    public FamilyAdapterSpec {
        targets = List.copyOf(targets);
    }
}
