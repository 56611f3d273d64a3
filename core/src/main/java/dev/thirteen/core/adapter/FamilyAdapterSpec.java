package dev.thirteen.core.adapter;

/**
 * Shape of an adapter of another family than TinyLoRA.
 *
 * @param targets the adapted linears; all of BitFit are those that have a bias
 * @param seed of what is drawn at random: the values that it starts with, and VeRA's projections
 * @param valueType number format of the values as rolled out and sent
 */
public record FamilyAdapterSpec(FamilySpec family, TargetModules targets, long seed, ValueType valueType) {}
