/**
 * Decoding on a processor by loops over its vector registers. It is told where weights and cache lie, and knows no tensor.
 * Needs the module jdk.incubator.vector and a just-in-time compiler that knows it; what uses this package does without it
 * where either is missing.
 */
@NullMarked
package dev.thirteen.engine.cpu;

import org.jspecify.annotations.NullMarked;
