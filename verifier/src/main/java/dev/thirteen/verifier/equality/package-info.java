/** Whether two answers mean the same. Knows notation and values, and not where in a text an answer stands. */
@NullMarked
package dev.thirteen.verifier.equality;

import org.jspecify.annotations.NullMarked;
