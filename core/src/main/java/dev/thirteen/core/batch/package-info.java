/** Decides which waiting groups start to decode. Knows no model and no thread. */
@NullMarked
package dev.thirteen.core.batch;

import org.jspecify.annotations.NullMarked;
