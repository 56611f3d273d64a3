/** Runs untrusted programs apart from everything else. Knows no reward. */
@NullMarked
package dev.thirteen.verifier.sandbox;

import org.jspecify.annotations.NullMarked;
