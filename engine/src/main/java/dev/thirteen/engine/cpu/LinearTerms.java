package dev.thirteen.engine.cpu;

import org.jspecify.annotations.Nullable;

/**
 * What a policy adds to y = W x of one fused linear: B R A x, or a bias.
 *
 * @param factors A and B, null where there is only a bias
 * @param core R [rank, rank], null for the identity
 * @param bias [out], null for none
 */
public record LinearTerms(@Nullable Factors factors, float @Nullable [] core, float @Nullable [] bias) {
    /**
     * A and B, which policies may share.
     *
     * @param a [rank, in]
     * @param b [rank, out]: B transposed
     * @param spans for each rank the first output that it reaches, and the one behind the last: the modules of a fused linear
     *     have ranks and outputs of their own, zeros stand elsewhere
     */
    public record Factors(int rank, int in, int out, float[] a, float[] b, int[] spans) {
        /** Of a B as it is written, [out, rank]. */
        public static Factors of(int rank, int in, int out, float[] a, float[] columns) {
            float[] b = new float[columns.length];
            int[] spans = new int[2 * rank];
            for (int j = 0; j < rank; j++) {
                spans[2 * j] = out;
                for (int o = 0; o < out; o++) {
                    float number = columns[o * rank + j];
                    b[j * out + o] = number;
                    if (number == 0) continue;
                    spans[2 * j] = Math.min(spans[2 * j], o);
                    spans[2 * j + 1] = o + 1;
                }
            }
            return new Factors(rank, in, out, a, b, spans);
        }

        /** Adds s times a row of b to y. */
        private void add(float s, int row, float[] y, int to) {
            int from = spans[2 * row];
            Lanes.add(s, b, row * out + from, y, to + from, spans[2 * row + 1] - from);
        }
    }

    /** Numbers that {@link #read} leaves for {@link #write}. */
    int rank() {
        return factors == null ? 0 : factors.rank();
    }

    /**
     * R A x into {@code left}; x as it stands before the linear.
     *
     * @param rounds whether each product is rounded to bf16
     */
    void read(float[] x, int at, float[] left, int to, boolean rounds) {
        if (factors == null) return;
        int rank = factors.rank();
        for (int j = 0; j < rank; j++) {
            left[to + j] = Lanes.dot(factors.a(), j * factors.in(), x, at, factors.in());
        }
        if (rounds) Lanes.round(left, to, rank);
        if (core == null) return;
        float[] turned = new float[rank];
        for (int i = 0; i < rank; i++) {
            for (int j = 0; j < rank; j++) turned[i] += core[i * rank + j] * left[to + j];
        }
        System.arraycopy(turned, 0, left, to, rank);
        if (rounds) Lanes.round(left, to, rank);
    }

    /** Adds to y what {@link #read} left, and the bias. */
    void write(float[] left, int at, float[] y, int to) {
        if (factors != null) {
            for (int j = 0; j < factors.rank(); j++) factors.add(left[at + j], j, y, to);
        }
        if (bias != null) Lanes.add(1, bias, 0, y, to, bias.length);
    }
}
