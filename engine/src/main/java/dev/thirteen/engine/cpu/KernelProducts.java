package dev.thirteen.engine.cpu;

import java.lang.foreign.MemorySegment;

/** Products of bf16 by libtorch's kernels. */
record KernelProducts(Brgemm kernels) implements Products {
    /** Rows of one call: a strip is read from memory once for them. Each number of rows is a kernel of its own. */
    private static final int ROWS = 128;
    /** With tiles, a strip takes a microsecond. */
    private static final int STRIPS = 4;
    /** Each depth is a kernel of its own, in each thread. */
    private static final int DEPTHS = 128;

    @Override
    public Products of(VectorFormat cache) {
        if (cache != VectorFormat.BF16) throw new IllegalArgumentException("libtorch's kernels multiply bf16 alone");
        return this;
    }

    @Override
    public Inputs inputs() {
        return new Bf16Inputs();
    }

    @Override
    public Loops format() {
        return VectorFormat.BF16.loops();
    }

    @Override
    public int place(int k, int output) {
        return kernels.place(k, output, COLUMNS);
    }

    @Override
    public int strips() {
        return STRIPS;
    }

    @Override
    public int depthStep() {
        return DEPTHS;
    }

    @Override
    public void done() {
        kernels.release();
    }

    @Override
    public void product(long strip, int depth, Inputs x, int row, int rows, Into y) {
        MemorySegment weights = MemorySegment.ofAddress(strip);
        MemorySegment inputs = MemorySegment.ofArray(((Bf16Inputs) x).rows());
        MemorySegment outputs = MemorySegment.ofArray(y.numbers());
        for (int done = 0; done < rows; done += ROWS) {
            int some = Math.min(ROWS, rows - done);
            // With their lengths, so that what does not fit is an exception and no damage.
            long read = (long) some * depth;
            long written = (some - 1L) * y.stride() + COLUMNS;
            kernels.multiply(
                    some,
                    COLUMNS,
                    depth,
                    inputs.asSlice((long) (row + done) * depth * Short.BYTES, read * Short.BYTES),
                    weights,
                    outputs.asSlice((y.at() + (long) done * y.stride()) * Float.BYTES, written * Float.BYTES),
                    y.stride());
        }
    }
}
