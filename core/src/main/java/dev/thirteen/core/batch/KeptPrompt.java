package dev.thirteen.core.batch;

/**
 * Tokens of a row that has ended, whose keys and values are still in the cache.
 *
 * @param policy equal for groups that may share keys and values
 * @param tokens not to be changed
 */
public record KeptPrompt(Object policy, int[] tokens) {}
