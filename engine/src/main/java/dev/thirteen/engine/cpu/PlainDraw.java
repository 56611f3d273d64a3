package dev.thirteen.engine.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * The draw of one row whose distribution no filter and no change shapes.
 *
 * @param temperature 0 takes the likeliest token, of equals the first
 * @param uniform in [0, 1): the token is that in whose part of the cumulative sum it falls
 */
public record PlainDraw(double temperature, double uniform) {
    /** Token, its log-prob under the distribution drawn from, and that at temperature 1. */
    public static final int NUMBERS = 3;
    /** Tokens whose probabilities are summed before they are looked at one by one. */
    private static final int BLOCK = 512;

    /** @param drawn [{@link #NUMBERS}, rows] */
    void draw(float[] logits, int at, int vocabulary, double[] drawn, int row, int rows) {
        float largest = RowLoops.largest(logits, at, vocabulary);
        double plain = sum(logits, at, vocabulary, largest, 1);
        double normalizer = largest + Math.log(plain);
        int token;
        double logProb;
        if (temperature == 0) {
            token = first(logits, at, largest);
            logProb = 0;
        } else if (temperature == 1) {
            token = place(logits, at, vocabulary, largest, 1, plain);
            logProb = logits[at + token] - normalizer;
        } else {
            float inverse = (float) (1 / temperature);
            double sum = sum(logits, at, vocabulary, largest, inverse);
            token = place(logits, at, vocabulary, largest, inverse, sum);
            logProb = (logits[at + token] - largest) * (double) inverse - Math.log(sum);
        }
        drawn[row] = token;
        drawn[rows + row] = logProb;
        drawn[2 * rows + row] = logits[at + token] - normalizer;
    }

    private static int first(float[] logits, int at, float largest) {
        int token = 0;
        while (logits[at + token] != largest) token++;
        return token;
    }

    /** The sum of e^((logit - largest) inverse), blocks first. */
    private static double sum(float[] logits, int at, int vocabulary, float largest, float inverse) {
        double sum = 0;
        for (int from = 0; from < vocabulary; from += BLOCK) {
            sum += block(logits, at + from, Math.min(BLOCK, vocabulary - from), largest, inverse);
        }
        return sum;
    }

    private static float block(float[] logits, int at, int count, float largest, float inverse) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, logits, at + i);
            sum = sum.add(Lanes.exp(x.sub(largest).mul(inverse)));
        }
        float rest = Lanes.sum(sum);
        if (i < count) {
            var mask = Lanes.FLOATS.indexInRange(i, count);
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, logits, at + i, mask);
            rest += Lanes.sum(Lanes.exp(x.sub(largest).mul(inverse)).blend(0, mask.not()));
        }
        return rest;
    }

    /** The token in whose part of the cumulative sum the uniform number falls; the last likely one where rounding passes it. */
    private int place(float[] logits, int at, int vocabulary, float largest, float inverse, double sum) {
        double target = uniform * sum;
        int from = 0;
        while (from + BLOCK < vocabulary) {
            float block = block(logits, at + from, BLOCK, largest, inverse);
            if (block > target) break;
            target -= block;
            from += BLOCK;
        }
        int likely = from;
        for (int token = from; token < vocabulary; token++) {
            double p = Math.exp((logits[at + token] - largest) * (double) inverse);
            if (p > 0) likely = token;
            target -= p;
            if (target < 0) return token;
        }
        return likely;
    }
}
