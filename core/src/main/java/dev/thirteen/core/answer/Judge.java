package dev.thirteen.core.answer;

/** Judges completions: finds the answer, then compares it. */
public final class Judge {
    private Judge() {}

    /**
     * The verdict on a completion.
     *
     * @param answer the right answer
     * @throws dev.thirteen.core.failure.Failure CALLER when the scorer cannot read the right answer
     */
    public static Verdict judge(String completion, String answer, Extraction extraction, Scorer scorer) {
        return extraction
                .from(completion)
                .map(extracted -> scorer.verdict(extracted, answer))
                .orElseGet(() -> new Verdict.Unparsable(""));
    }
}
