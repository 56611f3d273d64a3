/** Problems, prompts and generated data sets. Knows no file and no tokenizer. */
@NullMarked
package dev.thirteen.core.data;

import org.jspecify.annotations.NullMarked;
