package dev.thirteen.bench;

import dev.thirteen.engine.Decoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Of rows that were drawn twice.
 *
 * @param differing those that do not agree to the end
 * @param agreed tokens before the first difference, of all of those
 * @param tokens as far as rows agree, of all
 * @param apart sum of the differences of these tokens' log-probs (absolute, nats)
 * @param most the largest of them
 * @param logProb sum of these tokens' log-probs (nats), as the one way has them
 */
record RowDifference(int rows, int differing, int agreed, int tokens, double apart, double most, double logProb) {
    /** Draws groups of one row each to their ends, side by side. */
    static Map<Long, List<Decoder.Token>> drawn(Decoder decoder, List<Decoder.Group> groups) {
        Map<Long, List<Decoder.Token>> drawn = new HashMap<>();
        groups.forEach(decoder::admit);
        while (decoder.runningRows() > 0) {
            for (Decoder.Token token : decoder.step()) {
                drawn.computeIfAbsent(token.group(), _ -> new ArrayList<>()).add(token);
            }
        }
        return drawn;
    }

    /** Every row that was drawn the one way, beside the same one of the other. */
    static RowDifference of(
            Map<Long, List<Decoder.Token>> one,
            Map<Long, List<Decoder.Token>> other,
            ToDoubleFunction<Decoder.Token> logProb) {
        RowDifference all = new RowDifference(0, 0, 0, 0, 0, 0, 0);
        for (Map.Entry<Long, List<Decoder.Token>> row : one.entrySet()) {
            all = all.with(of(row.getValue(), other.getOrDefault(row.getKey(), List.of()), logProb));
        }
        return all;
    }

    private static RowDifference of(
            List<Decoder.Token> one, List<Decoder.Token> other, ToDoubleFunction<Decoder.Token> logProb) {
        double sum = 0;
        double most = 0;
        double logProbs = 0;
        int same = 0;
        while (same < Math.min(one.size(), other.size())
                && one.get(same).tokenId() == other.get(same).tokenId()) {
            double here = logProb.applyAsDouble(one.get(same));
            double apart = Math.abs(here - logProb.applyAsDouble(other.get(same)));
            sum += apart;
            most = Math.max(most, apart);
            logProbs += here;
            same++;
        }
        boolean differs = same < one.size() || same < other.size();
        return new RowDifference(1, differs ? 1 : 0, differs ? same : 0, same, sum, most, logProbs);
    }

    /** Both together. */
    RowDifference with(RowDifference other) {
        return new RowDifference(
                rows + other.rows,
                differing + other.differing,
                agreed + other.agreed,
                tokens + other.tokens,
                apart + other.apart,
                Math.max(most, other.most),
                logProb + other.logProb);
    }

    /** Mean difference of a log-prob, in nats. */
    double mean() {
        return apart / Math.max(1, tokens);
    }
}
