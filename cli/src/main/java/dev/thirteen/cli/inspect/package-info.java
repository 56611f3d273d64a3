/**
 * What the trained numbers of a TinyLoRA do: changes of them, and how far they move which module. Knows no services: others
 * ask the questions.
 */
@NullMarked
package dev.thirteen.cli.inspect;

import org.jspecify.annotations.NullMarked;
