package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.failure.Failure;

/** How the value of a term comes about. Holds any value, so that {@link RewardSpec#problems} can name every bad field. */
public sealed interface TermKind {
    /** Labels of a {@link Scorer} and an {@link Extraction}. */
    record Comparison(String scorer, String extraction) {
        /** The scorer of a valid comparison. */
        public Scorer by() {
            return Scorer.named(scorer).orElseThrow(TermKind::unchecked);
        }

        /** The extraction of a valid comparison. */
        public Extraction from() {
            return TermKind.extraction(extraction);
        }
    }

    /** 1 when the answer is right. */
    record Answer(Comparison comparison) implements TermKind {}

    /** 1 when the letter is right. */
    record Choice() implements TermKind {}

    /** How near a number is to the right one: see {@link dev.thirteen.core.answer.Closeness}. */
    record Closeness(String extraction, double tolerance) implements TermKind {
        /** The extraction of a valid term. */
        public Extraction from() {
            return TermKind.extraction(extraction);
        }
    }

    /** 1 when a regular expression (RE2) matches all of the text, white space around it aside. */
    record Pattern(String expression) implements TermKind {}

    /** 1 when the text has the form of a {@link TextTemplate}. */
    record Template(String template) implements TermKind {}

    /** Shortness: 1 up to {@code fullUntil} tokens, 0 from {@code zeroFrom} on, a line between them. */
    record Length(int fullUntil, int zeroFrom) implements TermKind {
        /** The value of so many tokens. */
        public double value(int tokens) {
            if (tokens <= fullUntil) return 1;
            return tokens >= zeroFrom ? 0 : (double) (zeroFrom - tokens) / (zeroFrom - fullUntil);
        }
    }

    /**
     * 1 when a program passes the tests.
     *
     * @param program "block" or "question": see {@link CodeBlocks}
     * @param limitMillis processor time and wall time; 0 means {@link #LIMIT_MILLIS}
     * @param memoryMebibytes 0 means {@link #MEMORY_MEBIBYTES}
     */
    record Code(String program, long limitMillis, int memoryMebibytes) implements TermKind {
        public static final String BLOCK = "block";
        public static final String QUESTION = "question";
        public static final long LIMIT_MILLIS = 5_000;
        public static final int MEMORY_MEBIBYTES = 512;

        /** Milliseconds that the program may take. */
        public long millis() {
            return limitMillis == 0 ? LIMIT_MILLIS : limitMillis;
        }

        /** Memory that the program may use. */
        public int mebibytes() {
            return memoryMebibytes == 0 ? MEMORY_MEBIBYTES : memoryMebibytes;
        }
    }

    /**
     * What a server of the user's own says.
     *
     * @param address HOST:PORT
     * @param deadlineMillis of one call; 0 means {@link #DEADLINE_MILLIS}
     * @param retries calls made again at once after a failure
     */
    record Service(String address, boolean tls, long deadlineMillis, int retries) implements TermKind {
        public static final long DEADLINE_MILLIS = 10_000;

        /** Milliseconds that a call may take. */
        public long millis() {
            return deadlineMillis == 0 ? DEADLINE_MILLIS : deadlineMillis;
        }
    }

    /** Control: 1 with a probability, whatever the text. */
    record Chance(double probability) implements TermKind {}

    /** Control: 1 when an answer is found, whatever it is. */
    record FormatOnly(String extraction) implements TermKind {
        /** The extraction of a valid term. */
        public Extraction from() {
            return TermKind.extraction(extraction);
        }
    }

    /** Control: 1 when the answer is the wrong one that the data set has for the problem. */
    record WrongLabel(Comparison comparison) implements TermKind {}

    /** None given. */
    record None() implements TermKind {}

    private static Extraction extraction(String label) {
        return Extraction.named(label).orElseThrow(TermKind::unchecked);
    }

    private static Failure unchecked() {
        return new Failure(Failure.Kind.BUG, "a term of a reward was used before it was validated");
    }
}
