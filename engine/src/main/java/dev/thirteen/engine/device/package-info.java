/**
 * What the engine asks of a device that has kernels of its own, and what it tells it: shapes, addresses, rows. It does not
 * know whose device it is, nor any tensor.
 */
@NullMarked
package dev.thirteen.engine.device;

import org.jspecify.annotations.NullMarked;
