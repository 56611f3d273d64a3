/** Decides what a decoder does next: who waits, who runs, which prompts it computes. Knows no model and no thread. */
@NullMarked
package dev.thirteen.core.batch;

import org.jspecify.annotations.NullMarked;
