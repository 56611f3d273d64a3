package dev.thirteen.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A matrix [out, in] in strips of 32 outputs, as {@link Products} read it, zeros where the last strip is not full. Off the heap,
 * in memory that it is given.
 */
final class Strips {
    /** A cache line, which is a vector. */
    static final int ALIGNMENT = 64;

    private final Products products;
    private final int in;
    private final int count;
    private final MemorySegment memory;

    /** Room for a matrix; {@link #fill} brings it in. */
    Strips(Arena arena, Products products, int out, int in) {
        this.products = products;
        this.in = in;
        this.count = Math.ceilDiv(out, Products.COLUMNS);
        this.memory = arena.allocate(count * bytes(), ALIGNMENT);
    }

    private long bytes() {
        return (long) in * Products.COLUMNS * products.format().bytes();
    }

    /** Copies a matrix [out, in], whose parts stand below each other. */
    Strips fill(Team team, List<WeightPart> parts) {
        int first = 0;
        for (WeightPart part : parts) {
            int rows = Math.toIntExact(part.count() / in);
            int from = first;
            team.forEach(rows, (row, worker) -> fill(part, row, from + row));
            first += rows;
        }
        return this;
    }

    /** A row of the matrix is a column of its strip. */
    private void fill(WeightPart part, int row, int output) {
        Loops format = products.format();
        long strip = memory.address() + output / Products.COLUMNS * bytes();
        long from = (long) row * in;
        for (int k = 0; k < in; k++) {
            long at = (long) products.place(k, output % Products.COLUMNS) * format.bytes();
            format.store(strip + at, part.at(from + k));
        }
    }

    /** Outputs, the zeros of the last strip among them. */
    int width() {
        return count * Products.COLUMNS;
    }

    /**
     * y = W x for blocks of eight rows.
     *
     * @param x of the same products
     * @param first block of x that the first of y comes from
     * @param y [blocks * 8, width]
     */
    void product(Team team, Inputs x, int first, int blocks, float[] y) {
        int size = products.strips();
        team.forEach(Math.ceilDiv(count, size), (item, worker) -> {
            try {
                for (int strip = item * size; strip < Math.min(count, (item + 1) * size); strip++) {
                    Products.Into to = new Products.Into(y, strip * Products.COLUMNS, width());
                    long weights = memory.address() + strip * bytes();
                    products.product(weights, in, x, first * Loops.ROWS, blocks * Loops.ROWS, to);
                }
            } finally {
                products.done();
            }
        });
    }
}
