/** Chat templates rendered as transformers renders them with Jinja2: same text, same refusals. Knows no file, no tokenizer and no model. */
@NullMarked
package dev.thirteen.engine.jinja;

import org.jspecify.annotations.NullMarked;
