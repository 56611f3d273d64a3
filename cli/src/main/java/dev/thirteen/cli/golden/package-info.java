/** Compares the engine with numbers that others computed, file by file. Knows no service. */
@NullMarked
package dev.thirteen.cli.golden;

import org.jspecify.annotations.NullMarked;
