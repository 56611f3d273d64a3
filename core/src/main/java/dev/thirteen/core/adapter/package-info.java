/** Shapes of adapters and how modules share trained numbers. Knows no tensor, no file and no wire format. */
@NullMarked
package dev.thirteen.core.adapter;

import org.jspecify.annotations.NullMarked;
