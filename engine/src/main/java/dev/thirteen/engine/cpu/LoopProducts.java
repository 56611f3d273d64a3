package dev.thirteen.engine.cpu;

/** Products by loops over vectors, in fp32, of strips in any format. */
record LoopProducts(Loops format) implements Products {
    private static final int DEPTHS = 8;

    @Override
    public Products of(VectorFormat cache) {
        return new LoopProducts(cache.loops());
    }

    @Override
    public Inputs inputs() {
        return new BlockedInputs();
    }

    @Override
    public int place(int k, int output) {
        return k * COLUMNS + format.slot(output);
    }

    @Override
    public int strips() {
        return 1;
    }

    @Override
    public int depthStep() {
        return DEPTHS;
    }

    @Override
    public void done() {}

    @Override
    public void product(long strip, int depth, Inputs x, int row, int rows, Into y) {
        float[] blocks = ((BlockedInputs) x).blocks();
        for (int done = 0; done < rows; done += Loops.ROWS) {
            int to = y.at() + done * y.stride();
            format.product(strip, depth, blocks, (row + done) * depth, y.numbers(), to, y.stride());
        }
    }
}
