package dev.thirteen.core.reward;

/**
 * One term of a reward.
 *
 * @param name in records and reports, unique in its reward
 * @param weight factor of the value; 0 means that the term is only reported
 * @param gate whether the value multiplies the whole reward instead of being added
 */
public record RewardTerm(String name, double weight, boolean gate, TermKind kind) {}
