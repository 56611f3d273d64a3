/**
 * Paired evaluations: base and adapted policies on the same problems with the same random numbers. Knows neither the
 * engine nor how runs are trained.
 */
@NullMarked
package dev.thirteen.eval;

import org.jspecify.annotations.NullMarked;
