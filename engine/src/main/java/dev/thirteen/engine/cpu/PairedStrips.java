package dev.thirteen.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A matrix of bf16 in the order in which {@link Brgemm} reads it: strips of 32 outputs, zeros where the last one is not full; in
 * a strip two inputs of an output lie side by side, [in / 2, 32, 2], where the kernels multiply pairs.
 */
final class PairedStrips implements Matrix {
    private static final int ALIGNMENT = 64;
    private static final int COLUMNS = Lanes.PAIR;
    /** Rows of one call: with 32 columns they fill a processor's tiles. */
    private static final int ROWS = 32;
    /** Strips of one item: with tiles a strip takes a microsecond. */
    private static final int STRIPS = 4;

    private final Brgemm kernels;
    private final int in;
    private final int count;
    private final MemorySegment memory;

    /** Room for a matrix; {@link #fill} brings it in. */
    PairedStrips(Arena arena, Brgemm kernels, int out, int in) {
        this.kernels = kernels;
        this.in = in;
        this.count = Math.ceilDiv(out, COLUMNS);
        this.memory = arena.allocate(count * bytes(), ALIGNMENT);
    }

    private long bytes() {
        return (long) in * COLUMNS * Short.BYTES;
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

    private void fill(WeightPart part, int row, int output) {
        long strip = output / COLUMNS * bytes();
        long from = (long) row * in;
        Loops loops = VectorFormat.BF16.loops();
        for (int k = 0; k < in; k++) {
            long to = strip + (long) kernels.place(k, output % COLUMNS, COLUMNS) * Short.BYTES;
            loops.store(memory.address() + to, part.at(from + k));
        }
    }

    @Override
    public int width() {
        return count * COLUMNS;
    }

    @Override
    public void product(Team team, Inputs x, int first, int blocks, float[] y) {
        MemorySegment rows = MemorySegment.ofArray(((Bf16Inputs) x).rows());
        MemorySegment outputs = MemorySegment.ofArray(y);
        team.forEach(Math.ceilDiv(count, STRIPS), (item, worker) -> {
            for (int strip = item * STRIPS; strip < Math.min(count, (item + 1) * STRIPS); strip++) {
                product(strip, rows, first * Loops.ROWS, blocks * Loops.ROWS, outputs);
            }
        });
    }

    private void product(int strip, MemorySegment x, int first, int rows, MemorySegment y) {
        MemorySegment weights = memory.asSlice(strip * bytes(), bytes());
        for (int row = 0; row < rows; row += ROWS) {
            kernels.multiply(
                    Math.min(ROWS, rows - row),
                    COLUMNS,
                    in,
                    x.asSlice((long) (first + row) * in * Short.BYTES),
                    weights,
                    y.asSlice(((long) row * width() + (long) strip * COLUMNS) * Float.BYTES),
                    width());
        }
    }
}
