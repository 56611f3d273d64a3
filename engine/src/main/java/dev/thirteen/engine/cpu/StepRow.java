package dev.thirteen.engine.cpu;

import java.util.List;

/**
 * One token to compute.
 *
 * @param place row of the cache
 * @param position from 0: what stands before it must be in the cache, or be computed with it
 * @param terms of its policy, four a layer (qkv, o, gate and up, down); empty for the base
 */
public record StepRow(int token, int place, int position, List<LinearTerms> terms) {}
