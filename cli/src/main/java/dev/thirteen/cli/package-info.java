/**
 * The person's way in: reads run files and talks to the services by gRPC. Knows neither Kafka nor tensors; what it shows
 * was computed by a service. What computes here is {@code tinymodel}, which makes the bundled model, and
 * {@code inspect}, which measures how far numbers move modules.
 */
@NullMarked
package dev.thirteen.cli;

import org.jspecify.annotations.NullMarked;
