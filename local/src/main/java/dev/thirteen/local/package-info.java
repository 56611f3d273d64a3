/**
 * The whole system on one machine: a real broker and the four services as processes of their own. Knows how they are
 * started, watched and ended; knows nothing of what they do.
 */
@NullMarked
package dev.thirteen.local;

import org.jspecify.annotations.NullMarked;
