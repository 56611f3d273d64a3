/** Scores completions by the terms of a reward. Knows neither records nor the wire. */
@NullMarked
package dev.thirteen.verifier.reward;

import org.jspecify.annotations.NullMarked;
