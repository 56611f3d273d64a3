/** What answers to problems add up to: rows of a table, paired tests, contamination. Knows no service and no file. */
@NullMarked
package dev.thirteen.core.evaluation;

import org.jspecify.annotations.NullMarked;
