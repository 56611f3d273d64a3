package dev.thirteen.bench;

import dev.thirteen.core.optim.AdamW;
import java.util.Locale;

/**
 * How far kernels and programs are apart on the same greedy rows.
 *
 * @param drawn the rows by programs beside those by kernels; log-probs at temperature 1
 * @param moved mean difference of a log-prob that the adapter itself makes
 * @param cosine between the gradients by the adapter's numbers
 * @param length of the kernels' gradient beside that of the programs'
 */
record KernelDifference(int rank, RowDifference drawn, double moved, double cosine, double length) {
    /** How many times as far apart as at the yardstick they may be. */
    private static final double FACTOR = 2;
    /** Most of any mean difference, the yardstick's too. */
    private static final double MEAN = 0.02;
    /** Least cosine of any gradients: in bf16, of samples whose advantages cancel, they are this far from each other. */
    private static final double COSINE = 0.95;
    /** Most that lengths of any gradients may differ by. */
    private static final double LENGTH = 0.1;

    static final String BOUND =
            "log-probs and gradients at most %.0f times as far apart as at the first rank; log-probs %s, cosine at least %s, lengths within %s; neither the same bits"
                    .formatted(FACTOR, MEAN, COSINE, LENGTH);

    static KernelDifference of(int rank, RowDifference drawn, double moved, double[] programs, double[] kernels) {
        double length = AdamW.norm(kernels) / AdamW.norm(programs);
        return new KernelDifference(rank, drawn, moved, Gradients.cosine(programs, kernels), length);
    }

    /** Whether the difference is what rounding makes, as at another rank; none at all says that both went the same way. */
    boolean holdsBeside(KernelDifference yardstick) {
        boolean two = drawn.mean() > 0 && length != 1;
        return two
                && drawn.mean() <= Math.min(MEAN, FACTOR * yardstick.drawn.mean())
                && 1 - cosine <= Math.min(1 - COSINE, FACTOR * (1 - yardstick.cosine))
                && Math.abs(length - 1) <= Math.min(LENGTH, FACTOR * Math.abs(yardstick.length - 1));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "rank %d: log-probs of %d tokens %.5f apart in the mean, %.3f at most; %d of %d rows end otherwise; the adapter"
                        + " moves them by %.4f; gradients have cosine %.5f, lengths 1 : %.4f",
                rank,
                drawn.tokens(),
                drawn.mean(),
                drawn.most(),
                drawn.differing(),
                drawn.rows(),
                moved,
                cosine,
                length);
    }
}
