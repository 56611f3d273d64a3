/** Means, intervals and tests. Knows nothing of what is counted. */
@NullMarked
package dev.thirteen.core.statistics;

import org.jspecify.annotations.NullMarked;
