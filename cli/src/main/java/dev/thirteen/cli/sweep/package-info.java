/**
 * What a sweep found: its rows, tables of them, figures and the report. Knows neither services nor run files: a row holds the
 * few figures that others read from there.
 */
@NullMarked
package dev.thirteen.cli.sweep;

import org.jspecify.annotations.NullMarked;
