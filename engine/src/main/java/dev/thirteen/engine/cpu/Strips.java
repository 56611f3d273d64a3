package dev.thirteen.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A matrix [out, in] in the order in which {@link Loops#product} reads it: strips of 32 outputs, [in, 32] each, zeros where
 * the last strip is not full. Off the heap, in memory that it is given.
 */
final class Strips implements Matrix {
    /** A cache line, which is a vector. */
    private static final int ALIGNMENT = 64;

    private final Loops loops;
    private final int in;
    private final int count;
    private final MemorySegment memory;

    /** Room for a matrix; {@link #fill} brings it in. */
    Strips(Arena arena, Loops loops, int out, int in) {
        this.loops = loops;
        this.in = in;
        this.count = Math.ceilDiv(out, Lanes.PAIR);
        this.memory = arena.allocate(count * bytes(), ALIGNMENT);
    }

    private long bytes() {
        return (long) in * Lanes.PAIR * loops.bytes();
    }

    @Override
    public Matrix fill(Team team, List<WeightPart> parts) {
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
    private void fill(WeightPart part, int row, int column) {
        int size = loops.bytes();
        long to = memory.address() + column / Lanes.PAIR * bytes() + (long) loops.slot(column % Lanes.PAIR) * size;
        long from = (long) row * in;
        for (int k = 0; k < in; k++) loops.store(to + (long) k * Lanes.PAIR * size, part.at(from + k));
    }

    @Override
    public int width() {
        return count * Lanes.PAIR;
    }

    @Override
    public void product(Team team, Inputs inputs, int first, int blocks, float[] y) {
        float[] x = ((BlockedInputs) inputs).blocks();
        team.forEach(count, (strip, worker) -> {
            long weights = memory.address() + strip * bytes();
            for (int block = 0; block < blocks; block++) {
                int to = block * Loops.ROWS * width() + strip * Lanes.PAIR;
                loops.product(weights, in, x, (first + block) * in * Loops.ROWS, y, to, width());
            }
        });
    }
}
