/** Optimizers as pure functions of their state. Knows no model and no loss. */
@NullMarked
package dev.thirteen.core.optim;

import org.jspecify.annotations.NullMarked;
