package dev.thirteen.bench;

import dev.thirteen.engine.Decoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How far kernels and programs are apart on the same greedy rows.
 *
 * @param differing rows that do not agree to the end
 * @param tokens those of all rows as far as they agree, and the next, which may be another
 * @param sum of the differences of these tokens' log-probs (absolute, nats, temperature 1), where both drew the same
 * @param most the largest of them
 * @param moved mean difference of a log-prob that the adapter itself makes
 * @param cosine between the gradients by the adapter's numbers
 * @param length of the kernels' gradient beside that of the programs'
 */
record KernelDifference(
        int rank,
        int rows,
        int differing,
        int tokens,
        double sum,
        double most,
        double moved,
        double cosine,
        double length) {
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

    static KernelDifference of(
            int rank, Map<Long, List<Decoder.Token>> programs, Map<Long, List<Decoder.Token>> kernels) {
        int differing = 0;
        int tokens = 0;
        double sum = 0;
        double most = 0;
        for (Map.Entry<Long, List<Decoder.Token>> row : programs.entrySet()) {
            List<Decoder.Token> one = row.getValue();
            List<Decoder.Token> other = kernels.getOrDefault(row.getKey(), List.of());
            int same = 0;
            while (same < Math.min(one.size(), other.size())
                    && one.get(same).tokenId() == other.get(same).tokenId()) {
                double apart =
                        Math.abs(one.get(same).rawLogProb() - other.get(same).rawLogProb());
                sum += apart;
                most = Math.max(most, apart);
                same++;
            }
            tokens += same;
            if (same < one.size() || same < other.size()) differing++;
        }
        return new KernelDifference(rank, programs.size(), differing, tokens, sum, most, 0, 1, 1);
    }

    /** Both together. */
    KernelDifference with(KernelDifference other) {
        return new KernelDifference(
                rank,
                rows + other.rows,
                differing + other.differing,
                tokens + other.tokens,
                sum + other.sum,
                Math.max(most, other.most),
                moved,
                cosine,
                length);
    }

    KernelDifference with(double moves, double[] programs, double[] kernels) {
        double norm = Math.sqrt(dot(programs, programs));
        double other = Math.sqrt(dot(kernels, kernels));
        return new KernelDifference(
                rank, rows, differing, tokens, sum, most, moves, dot(programs, kernels) / (norm * other), other / norm);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }

    double mean() {
        return sum / tokens;
    }

    /** Whether the difference is what rounding makes, as at another rank; none at all says that both went the same way. */
    boolean holdsBeside(KernelDifference yardstick) {
        boolean two = mean() > 0 && length != 1;
        return two
                && mean() <= Math.min(MEAN, FACTOR * yardstick.mean())
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
                tokens,
                mean(),
                most,
                differing,
                rows,
                moved,
                cosine,
                length);
    }
}
