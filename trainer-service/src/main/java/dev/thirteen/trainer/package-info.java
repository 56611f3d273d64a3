/**
 * Performs what core decides about runs: one loop thread writes Kafka transactions, one engine thread computes gradients,
 * gRPC handlers read an index. Knows no objective, no state machine and no tensor of its own.
 */
@NullMarked
package dev.thirteen.trainer;

import org.jspecify.annotations.NullMarked;
