package dev.thirteen.engine.cpu;

/**
 * The loops in which the time goes, for one number format of weights and cache. Sums are kept in fp32. Two vectors are
 * taken at once, whose numbers lie in memory as {@link #place} says.
 */
interface Loops {
    /** Rows of activations that one product takes. */
    int ROWS = 8;

    /** Bytes of a number. */
    int bytes();

    /** Writes one number, rounded to nearest even. */
    void store(long address, float value);

    /** Writes some numbers, rounded to nearest even. */
    void store(long address, float[] values, int from, int count);

    /** Moves one number, as it is. */
    void move(long from, long to);

    /** The nearest number of the format. */
    float rounded(float value);

    /** Where number i of a pair of vectors stands: those of the first vector, then those of the second. */
    int place(int i);

    /** Where column i of a strip lies, so that a product finds columns 0 to 15 in its first vector: the way back. */
    int slot(int i);

    /**
     * Eight rows times a strip of 32 columns of weights.
     *
     * @param strip address of [depth, 32], each row as {@link Strips} lays it down
     * @param x [depth, 8] from {@code at} on
     * @param y rows of {@code stride}, from {@code to} on
     */
    void product(long strip, int depth, float[] x, int at, float[] y, int to, int stride);

    /**
     * Products of one query with keys, not yet summed over the lanes of a vector: that is a loop of its own, since together they
     * are longer than what the compiler takes into one method.
     *
     * @param keys address of [tokens, width]
     * @param query whole pairs in the order of {@link #place}, zeros behind the width, from {@code at} on
     * @param parts [tokens, {@link Lanes#COUNT}]
     */
    void parts(long keys, int tokens, int width, float[] query, int at, float[] parts);

    /**
     * Sum of values by their weights, which stand from {@code from} on.
     *
     * @param values address of [tokens, width]
     * @param sum whole pairs in the order of {@link #place}, from {@code at} on
     */
    void weighted(long values, int tokens, int width, float[] weights, int from, float[] sum, int at);
}
