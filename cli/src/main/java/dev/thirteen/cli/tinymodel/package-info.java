/** Makes the bundled tiny model from nothing: corpus, training, files, accuracy. Knows no service and no network. */
@NullMarked
package dev.thirteen.cli.tinymodel;

import org.jspecify.annotations.NullMarked;
