package dev.thirteen.engine.cpu;

/** Rows in fp32 as {@link Loops#product} reads them, eight side by side: [blocks, in, 8]. */
final class BlockedInputs implements Inputs {
    private float[] blocks = {};

    float[] blocks() {
        return blocks;
    }

    @Override
    public void reach(int numbers) {
        if (blocks.length < numbers) blocks = new float[numbers];
    }

    @Override
    public int together() {
        return Loops.ROWS;
    }

    @Override
    public void put(int row, float[] numbers, int from, int count) {
        int to = row / Loops.ROWS * count * Loops.ROWS + row % Loops.ROWS;
        for (int k = 0; k < count; k++) blocks[to + k * Loops.ROWS] = numbers[from + k];
    }
}
