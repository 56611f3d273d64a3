/** How much a tenant may use, and when it may use more. Knows no clock and no caller. */
@NullMarked
package dev.thirteen.core.quota;

import org.jspecify.annotations.NullMarked;
