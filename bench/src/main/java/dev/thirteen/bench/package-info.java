/** Speed and memory of the engine beside what people use, in one run. Knows no service. */
@NullMarked
package dev.thirteen.bench;

import org.jspecify.annotations.NullMarked;
