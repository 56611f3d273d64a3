/** Rows of data files, whatever their format and layout. Knows nothing of problems or services. */
@NullMarked
package dev.thirteen.cli.data;

import org.jspecify.annotations.NullMarked;
