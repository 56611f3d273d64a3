/** Symbolic algebra in processes of its own, which are killed when they take too long. Knows no texts, only expressions. */
@NullMarked
package dev.thirteen.verifier.symbolic;

import org.jspecify.annotations.NullMarked;
