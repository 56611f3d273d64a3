/** Decides which layers of a model lie on which device. Knows no device and no tensor. */
@NullMarked
package dev.thirteen.core.placement;

import org.jspecify.annotations.NullMarked;
