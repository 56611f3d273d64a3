/** Evaluations as files: a page for people, JSON Lines and Parquet for programs. Knows no service and no command. */
@NullMarked
package dev.thirteen.cli.report;

import org.jspecify.annotations.NullMarked;
