/**
 * What a training run is and how it goes on: definition, states, events, effects and the offsets that a commit covers.
 * Knows no clock, no topic, no tensor and no wire format.
 */
@NullMarked
package dev.thirteen.core.run;

import org.jspecify.annotations.NullMarked;
