package dev.thirteen.engine.cpu;

/**
 * A way to multiply rows of activations by matrices [out, in] that lie in strips of 32 outputs, [in, 32] in an order of the
 * way's own. Sums are in fp32, and a row's bits do not depend on the rows beside it. Shared by threads.
 */
interface Products {
    /** Outputs of a strip. */
    int COLUMNS = Lanes.PAIR;

    /**
     * The same way for what lies in a cache.
     *
     * @throws IllegalArgumentException where it cannot multiply that
     */
    Products of(VectorFormat cache);

    /** Room for the rows that it takes. */
    Inputs inputs();

    /** Number format of the strips. */
    Loops format();

    /** Where W[output, k] stands in its strip, in numbers. */
    int place(int k, int output);

    /** Strips that are worth the handing over to a thread. */
    int strips();

    /** Depths that differ from call to call should be multiples of this. */
    int depthStep();

    /** Ends a thread's products, for now: what they hold of the processor may be wanted by others. */
    void done();

    /**
     * Whole blocks of {@link Loops#ROWS} rows times one strip.
     *
     * @param strip its address
     * @param x of {@link #inputs}, rows of {@code depth} numbers
     * @param row first row of x, a multiple of {@link Loops#ROWS}
     * @param rows a multiple of it too
     */
    void product(long strip, int depth, Inputs x, int row, int rows, Into y);

    /** Where a strip's products go: rows of {@code stride}, from {@code at} on. */
    record Into(float[] numbers, int at, int stride) {}
}
