/** Models on DJL PyTorch: checkpoints, tokenizers, basis, generation and gradients. Knows no wire format, no Kafka and no HTTP; no tensor leaves it. */
@NullMarked
package dev.thirteen.engine;

import org.jspecify.annotations.NullMarked;
