package dev.thirteen.core.evaluation;

import dev.thirteen.core.data.Problem;
import java.util.Locale;

/**
 * One question of a contamination probe.
 *
 * @param problem what is asked; its answer is what is compared with: for COMPLETION the rest of the text, else the original
 *     problem's answer
 * @param share of the problem's text that is shown; 1 for all of it
 * @param control whether the problem was generated, so that no corpus can hold it
 */
public record ProbeItem(Problem problem, Kind kind, double share, boolean control) {
    /** What is asked of a problem. */
    public enum Kind {
        /** The whole problem, for comparison. */
        FULL,
        /** The first part of the text alone, without a prompt around it: does the model know how it goes on? */
        COMPLETION,
        /** The first part under the usual prompt: does it know the answer to a question that it has not seen? */
        PARTIAL,
        /** Other numbers in the same text: does it still give the answer to the original? */
        CHANGED_NUMBERS;

        /** Its name in records and tables. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
