package dev.thirteen.engine.cpu;

import java.util.List;

/** A matrix [out, in] in the order in which its product reads it, off the heap. */
interface Matrix {
    /** Copies a matrix [out, in], whose parts stand below each other. */
    Matrix fill(Team team, List<WeightPart> parts);

    /** Outputs, the zeros of the last strip among them. */
    int width();

    /**
     * y = W x for whole blocks of {@link Loops#ROWS} rows.
     *
     * @param x in the form of this matrix's products
     * @param first block of x that the first of y comes from
     * @param y [blocks * 8, width]
     */
    void product(Team team, Inputs x, int first, int blocks, float[] y);
}
