/** The one exception of the project, classified by whose problem it is. Knows no transport. */
@NullMarked
package dev.thirteen.core.failure;

import org.jspecify.annotations.NullMarked;
