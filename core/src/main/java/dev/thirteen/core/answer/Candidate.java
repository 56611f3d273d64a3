package dev.thirteen.core.answer;

/**
 * A part of a text that may be its answer.
 *
 * @param text as written, without white space around it
 * @param mark what says that it is the answer
 * @param alternative whether the next candidate says the same in another reading, so that either may be right
 */
public record Candidate(String text, Mark mark, boolean alternative) {
    /** What made a candidate one, the most explicit first. */
    public enum Mark {
        /** It is the whole text. */
        WHOLE,
        /** It stands in a box. */
        BOX,
        /** It stands in tags, {@code <answer>…</answer>}. */
        TAG,
        /** It stands after {@code ####}. */
        HASH,
        /** Words before it say so: "the answer is". */
        PHRASE,
        /** It is the last formula. */
        FORMULA,
        /** It is the last number. */
        NUMBER;

        /** Whether the text itself says that this is its answer. */
        public boolean strict() {
            return compareTo(PHRASE) <= 0;
        }
    }

    static Candidate of(String text, Mark mark) {
        return new Candidate(text.strip(), mark, false);
    }
}
