package dev.thirteen.engine.cpu;

/** What the next product takes: rows of activations, in the form in which products of one kind read them. */
interface Inputs {
    /** Makes room. */
    void reach(int numbers);

    /** Rows that lie among each other: a thread should put them all. */
    int together();

    /** Puts a row of some numbers, as many as all others have. */
    void put(int row, float[] numbers, int from, int count);
}
