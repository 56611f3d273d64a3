/**
 * Decode steps on NVIDIA GPUs: kernels compiled at run time, matrix products of cuBLAS, both captured in one graph. Knows
 * device addresses and no tensor; the only package that names a vendor.
 */
@NullMarked
package dev.thirteen.engine.cuda;

import org.jspecify.annotations.NullMarked;
