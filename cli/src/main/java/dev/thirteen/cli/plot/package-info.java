/** Draws figures as SVG and PNG. Knows neither runs nor services: lines of points in, files out. */
@NullMarked
package dev.thirteen.cli.plot;

import org.jspecify.annotations.NullMarked;
