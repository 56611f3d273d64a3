/** Reward service: verdicts on generated answers, for Kafka and for gRPC. Knows no model and no training step. */
@NullMarked
package dev.thirteen.reward;

import org.jspecify.annotations.NullMarked;
