/** Advantages and losses of policy gradients with hand-derived gradients, over double[]. Knows no tensor and no model. */
@NullMarked
package dev.thirteen.core.grpo;

import org.jspecify.annotations.NullMarked;
