/** What a reward is made of: terms, and how their values become one number. Knows neither servers nor programs. */
@NullMarked
package dev.thirteen.core.reward;

import org.jspecify.annotations.NullMarked;
