package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.List;

/** What a step keeps of its rows, between loops. Grows with the most rows that it has seen. */
final class StepBuffers {
    private final DecoderShape shape;
    private final int wide;
    private int room;
    private int ranks = 1;

    /** The residual stream: [rows, hidden]. */
    float[] stream = {};
    /** What the next product takes. */
    final Inputs inputs;
    /** What the last product gave: [rows, outputs of the product]. */
    float[] outputs = {};
    /** Queries, each head as whole pairs of vectors, in the order of the loops or, of prompts, as they are: [rows, heads, padded width]. */
    float[] queries = {};
    /** What attention gave: [rows, heads, padded width] in the same order. */
    float[] attended = {};
    /** What terms read before a product, for after it: [rows, ranks]. */
    float[] left = {};

    /**
     * @param widest outputs of the widest product that is kept
     * @param inputs of the model's products
     */
    StepBuffers(DecoderShape shape, int widest, Inputs inputs) {
        this.shape = shape;
        this.inputs = inputs;
        this.wide = widest;
    }

    /** Makes room for rows and their terms. */
    void reach(List<StepRow> rows) {
        int most = 1;
        for (StepRow row : rows) for (LinearTerms terms : row.terms()) most = Math.max(most, terms.rank());
        int padded = blocks(rows.size()) * Loops.ROWS;
        if (padded > room || most > ranks) left = new float[Math.max(padded, room) * Math.max(most, ranks)];
        ranks = Math.max(most, ranks);
        if (padded <= room) return;
        stream = new float[padded * shape.hidden()];
        inputs.reach(padded * in());
        outputs = new float[padded * wide];
        queries = new float[padded * shape.heads() * paddedWidth()];
        attended = new float[queries.length];
        room = padded;
    }

    private int in() {
        return Math.max(Math.max(shape.hidden(), shape.intermediate()), shape.heads() * shape.width());
    }

    /** Numbers that are kept of a row. */
    int rowNumbers() {
        return shape.hidden() + in() + wide + 2 * shape.heads() * paddedWidth();
    }

    static int blocks(int rows) {
        return Math.ceilDiv(rows, Loops.ROWS);
    }

    /** Numbers of a head, filled up to whole pairs of vectors. */
    int paddedWidth() {
        return paddedWidth(shape);
    }

    static int paddedWidth(DecoderShape shape) {
        return Math.ceilDiv(shape.width(), Lanes.PAIR) * Lanes.PAIR;
    }

    int ranks() {
        return ranks;
    }
}
