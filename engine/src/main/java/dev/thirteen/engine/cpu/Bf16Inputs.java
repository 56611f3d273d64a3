package dev.thirteen.engine.cpu;

/** Rows in bf16, one after the other: [rows, in]. What is put must be rounded. */
final class Bf16Inputs implements Inputs {
    private short[] rows = {};

    short[] rows() {
        return rows;
    }

    @Override
    public void reach(int numbers) {
        if (rows.length < numbers) rows = new short[numbers];
    }

    @Override
    public int together() {
        return 1;
    }

    @Override
    public void put(int row, float[] numbers, int from, int count) {
        Lanes.upperHalves(numbers, from, count, rows, row * count);
    }
}
