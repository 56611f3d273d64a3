/** How a step changes what is trained: the optimizer, and what a family does beside it. Knows no sample and no model. */
@NullMarked
package dev.thirteen.core.training;

import org.jspecify.annotations.NullMarked;
