/** Rollout service: generates with adapted policies, for Kafka and for gRPC. Knows no reward and no training step. */
@NullMarked
package dev.thirteen.rollout;

import org.jspecify.annotations.NullMarked;
