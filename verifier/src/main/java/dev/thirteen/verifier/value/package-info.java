/** Evaluates expressions: exactly, in floating point with a bound of the error, and to many digits. Compares nothing. */
@NullMarked
package dev.thirteen.verifier.value;

import org.jspecify.annotations.NullMarked;
