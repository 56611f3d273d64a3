/** Finds the answer in a completion and compares it with the right one. Knows no data set and no clock. */
@NullMarked
package dev.thirteen.core.answer;

import org.jspecify.annotations.NullMarked;
