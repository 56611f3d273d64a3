package dev.thirteen.core.grpo;

/** How token terms are added up to the loss of a step. */
public sealed interface Aggregation {
    Aggregation TOKEN_MEAN = new TokenMean();
    Aggregation SEQUENCE_MEAN = new SequenceMean();
    /** Mean over samples of the sum over each one's tokens: the log-prob of a sample as a whole (RLOO, arXiv 2402.14740). */
    Aggregation SEQUENCE_SUM = new Constant(1);

    /** Factor of each token's term in a sample of this many tokens. */
    double weight(StepTotals totals, int sampleTokens);

    /** Sum over all tokens of the step divided by their number (DAPO, arXiv 2503.14476; verl). */
    record TokenMean() implements Aggregation {
        @Override
        public double weight(StepTotals totals, int sampleTokens) {
            return 1.0 / totals.tokens();
        }
    }

    /** Mean over samples of each one's mean over its tokens (GRPO as printed, arXiv 2402.03300). */
    record SequenceMean() implements Aggregation {
        @Override
        public double weight(StepTotals totals, int sampleTokens) {
            return 1.0 / ((double) totals.samples() * sampleTokens);
        }
    }

    /**
     * Sum over all tokens divided by samples times a constant (Dr. GRPO, arXiv 2503.20783).
     *
     * @param tokens the constant, for example the largest completion length
     */
    record Constant(double tokens) implements Aggregation {
        public Constant {
            if (!(tokens > 0)) throw new IllegalArgumentException("the constant must be above 0: " + tokens);
        }

        @Override
        public double weight(StepTotals totals, int sampleTokens) {
            return 1 / (totals.samples() * tokens);
        }
    }
}
