/** The verifier: finds the answer in a text and says whether it is right. Knows no service and no run. */
@NullMarked
package dev.thirteen.verifier;

import org.jspecify.annotations.NullMarked;
