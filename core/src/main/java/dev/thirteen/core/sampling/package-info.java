/** How tokens are drawn: parameters and counter-based random numbers. Knows no model. */
@NullMarked
package dev.thirteen.core.sampling;

import org.jspecify.annotations.NullMarked;
