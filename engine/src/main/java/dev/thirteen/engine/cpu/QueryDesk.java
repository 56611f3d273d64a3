package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.Arrays;

/** The queries that one thread multiplies together, and what comes of them. */
final class QueryDesk {
    private static final int MOST_ROWS = 64;
    /** Of scores: a MB, whatever the context. */
    private static final int MOST_NUMBERS = 1 << 18;
    /** Strides are powers of two: libtorch makes a kernel for each. */
    private static final int LEAST_STRIDE = 256;

    private final int width;
    private final int padded;
    private final Products products;
    private final boolean rounds;
    private final Inputs queries;
    private final Inputs weights;
    private float[] scores = {};
    private float[] sums = {};
    private float[] shares = {};
    private int rows;
    private int depth;
    private int stride;

    QueryDesk(DecoderShape shape, Products products, boolean rounds) {
        this.width = shape.width();
        this.padded = StepBuffers.paddedWidth(shape);
        this.products = products;
        this.rounds = rounds;
        this.queries = products.inputs();
        this.weights = products.inputs();
    }

    /** How many queries should be multiplied together that see so many tokens: fewer where their scores are long. */
    static int rows(int tokens) {
        return Math.clamp(MOST_NUMBERS / stride(tokens), Loops.ROWS, MOST_ROWS);
    }

    private static int stride(int tokens) {
        return Math.max(LEAST_STRIDE, Integer.highestOneBit(2 * tokens - 1));
    }

    /**
     * Begins with other queries.
     *
     * @param seen tokens that they see at most, filled up
     */
    void begin(int count, int seen) {
        rows = StepBuffers.blocks(count) * Loops.ROWS;
        depth = seen;
        stride = stride(seen);
        queries.reach(rows * width);
        weights.reach(rows * depth);
        if (scores.length < rows * stride) scores = new float[rows * stride];
        if (sums.length < rows * padded) sums = new float[rows * padded];
        if (shares.length < rows) shares = new float[rows];
    }

    /** Tokens that the queries see, filled up. */
    int depth() {
        return depth;
    }

    void put(int row, float[] from, int at) {
        queries.put(row, from, at, width);
    }

    /** Products of all queries with a strip of keys, from token {@code first} on. */
    void score(long strip, int first) {
        products.product(strip, width, queries, 0, rows, new Products.Into(scores, first, stride));
    }

    /** The weights of the values for a query that sees so many tokens. */
    void weigh(int row, int seen) {
        int at = row * stride;
        RowLoops.scale(scores, at, seen, (float) (1 / Math.sqrt(width)));
        shares[row] = 1 / RowLoops.exponentials(scores, at, seen, rounds);
        Arrays.fill(scores, at + seen, at + depth, 0);
        weights.put(row, scores, at, depth);
    }

    /** Sums of a strip of values, from column {@code first} on. */
    void sum(long strip, int first) {
        products.product(strip, depth, weights, 0, rows, new Products.Into(sums, first, padded));
    }

    void give(int row, float[] into, int at) {
        System.arraycopy(sums, row * padded, into, at, width);
        RowLoops.scale(into, at, width, shares[row]);
    }
}
