package dev.thirteen.engine.cpu;

/** What the next product takes: rows of activations, in the form in which products of one kind read them. */
interface Inputs {
    /** Makes room. */
    void reach(int numbers);

    /** Puts a row, of as many numbers as all others have. */
    void put(int row, float[] numbers, int count);
}
