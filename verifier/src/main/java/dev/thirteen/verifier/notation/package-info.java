/** Reads answers written in LaTeX or plain text into expressions. Knows no equality, and evaluates nothing. */
@NullMarked
package dev.thirteen.verifier.notation;

import org.jspecify.annotations.NullMarked;
