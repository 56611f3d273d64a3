/** What two or more services share at their edge: Kafka, gRPC, blobs, traces. Knows no engine and no service. */
@NullMarked
package dev.thirteen.kit;

import org.jspecify.annotations.NullMarked;
