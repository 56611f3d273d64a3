/** The person's way in: reads run files and talks to the services by gRPC. Knows no Kafka and computes nothing itself. */
@NullMarked
package dev.thirteen.cli;

import org.jspecify.annotations.NullMarked;
