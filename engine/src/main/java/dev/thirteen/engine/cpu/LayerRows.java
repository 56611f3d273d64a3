package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.List;
import java.util.stream.IntStream;

/** What is done to each row between the products of a layer. Rows, and heads of rows, are done in any order by any thread. */
final class LayerRows {
    /** Tokens whose scores are not yet sums: their parts stay in the first cache. */
    private static final int PART_TOKENS = 64;

    private final VectorModel model;
    private final DecoderShape shape;
    private final Loops loops;
    /** Whether what goes from one loop to the next is rounded to bf16, where the programs round it. */
    private final boolean rounds;

    private final StepBuffers buffers;
    private final Rotation rotation;
    /** Where number i of a head stands in the order of the loops. */
    private final int[] places;

    /** A row of each thread. */
    private final float[][] scratch;
    /** Scores of one query of each thread. */
    private final float[][] scores;

    private final float[][] parts;

    /** @param format of the cache */
    LayerRows(VectorModel model, VectorFormat format, StepBuffers buffers, int threads) {
        this.model = model;
        this.shape = model.shape();
        this.loops = format.loops();
        this.rounds = format == VectorFormat.BF16;
        this.buffers = buffers;
        this.rotation = new Rotation(loops, model.frequencies());
        this.places = IntStream.range(0, shape.width()).map(loops::place).toArray();
        this.scratch = new float[threads][Math.max(Math.max(shape.hidden(), shape.intermediate()), shape.qkv())];
        this.scores = new float[threads][0];
        this.parts = new float[threads][PART_TOKENS * Lanes.COUNT];
    }

    /** The embedding of a row's token, normed. */
    void begin(List<StepRow> rows, int row, int worker) {
        model.embed(rows.get(row).token(), buffers.stream, row * shape.hidden());
        norm(rows, row, worker, model.layers().getFirst().inputNorm(), VectorModel.QKV);
    }

    /** Makes room for rows. */
    void reach(List<StepRow> rows) {
        buffers.reach(rows);
        int positions = 0;
        for (StepRow row : rows) positions = Math.max(positions, row.position() + 1);
        rotation.reach(positions);
        for (int i = 0; i < scores.length; i++) {
            if (scores[i].length < positions)
                scores[i] = new float[2 * Math.ceilDiv(positions, Lanes.COUNT) * Lanes.COUNT];
        }
    }

    /** Puts the normed row, and what the terms of a linear read of it, where its product and they find it. */
    void norm(List<StepRow> rows, int row, int worker, float[] weight, int linear) {
        float[] normed = scratch[worker];
        RowLoops.norm(buffers.stream, row * shape.hidden(), weight, shape.normEps(), normed);
        if (rounds) Lanes.round(normed, 0, shape.hidden());
        give(rows, row, normed, shape.hidden(), linear);
    }

    private void give(List<StepRow> rows, int row, float[] numbers, int count, int linear) {
        List<LinearTerms> terms = rows.get(row).terms();
        // Behind the last layer stands the head, which no policy changes.
        if (linear < terms.size()) terms.get(linear).read(numbers, 0, buffers.left, row * buffers.ranks(), rounds);
        buffers.inputs.put(row, numbers, 0, count);
    }

    /** Bias and terms of a linear, added to its product's row. */
    private void finish(List<StepRow> rows, int row, int width, float[] bias, int linear) {
        int at = row * width;
        if (bias.length > 0) Lanes.add(1, bias, 0, buffers.outputs, at, bias.length);
        if (rounds) Lanes.round(buffers.outputs, at, width);
        List<LinearTerms> terms = rows.get(row).terms();
        if (terms.isEmpty()) return;
        terms.get(linear).write(buffers.left, row * buffers.ranks(), buffers.outputs, at);
        if (rounds) Lanes.round(buffers.outputs, at, width);
    }

    /** What a linear gave, on the residual stream. */
    void residual(List<StepRow> rows, int row, int width, float[] bias, int layer, int kind) {
        finish(rows, row, width, bias, layer * VectorModel.KINDS + kind);
        Lanes.add(1, buffers.outputs, row * width, buffers.stream, row * shape.hidden(), shape.hidden());
        if (rounds) Lanes.round(buffers.stream, row * shape.hidden(), shape.hidden());
    }

    /**
     * Queries to where attention takes them, keys and values into the cache.
     *
     * @param onwards whether {@link #attend} takes them, in the order of its loops and scaled; else they stand as they are
     */
    void attentionInputs(List<StepRow> rows, int row, int worker, int layer, VectorCache cache, boolean onwards) {
        VectorModel.Layer w = model.layers().get(layer);
        StepRow one = rows.get(row);
        int stride = w.qkv().width();
        finish(rows, row, stride, w.qkvBias(), layer * VectorModel.KINDS + VectorModel.QKV);
        int width = shape.width();
        float[] y = buffers.outputs;
        float[] head = scratch[worker];
        for (int h = 0; h < shape.heads(); h++) {
            head(y, row * stride + h * width, w.qNorm(), one.position(), head);
            int to = (row * shape.heads() + h) * buffers.paddedWidth();
            if (onwards) ordered(head, to);
            else System.arraycopy(head, 0, buffers.queries, to, width);
        }
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long to = cache.offset(shape, loops, one.place(), h) + (long) one.position() * width * loops.bytes();
            int key = row * stride + (shape.heads() + h) * width;
            head(y, key, w.kNorm(), one.position(), head);
            int value = key + shape.keyValueHeads() * width;
            loops.store(cache.keys(layer) + to, head, 0, width);
            loops.store(cache.values(layer) + to, y, value, width);
        }
    }

    /** A head's query where loops take it: in their order, and scaled. */
    private void ordered(float[] head, int to) {
        float scale = (float) (1 / Math.sqrt(shape.width()));
        for (int i = 0; i < shape.width(); i++) buffers.queries[to + places[i]] = head[i] * scale;
    }

    private void head(float[] y, int at, float[] norm, int position, float[] head) {
        if (norm.length > 0) {
            RowLoops.norm(y, at, norm, shape.normEps(), head);
            if (rounds) Lanes.round(head, 0, shape.width());
        } else {
            System.arraycopy(y, at, head, 0, shape.width());
        }
        rotation.turn(head, 0, position, rounds);
    }

    /** The queries of one key-value head of one row. */
    void attend(List<StepRow> rows, int item, int worker, int layer, VectorCache cache) {
        int row = item / shape.keyValueHeads();
        int shared = item % shape.keyValueHeads();
        StepRow one = rows.get(row);
        long offset = cache.offset(shape, loops, one.place(), shared);
        int group = shape.heads() / shape.keyValueHeads();
        int tokens = one.position() + 1;
        float[] p = scores[worker];
        for (int h = shared * group; h < (shared + 1) * group; h++) {
            int at = (row * shape.heads() + h) * buffers.paddedWidth();
            scores(cache.keys(layer) + offset, tokens, at, parts[worker], p);
            float sum = RowLoops.exponentials(p, 0, tokens, rounds);
            loops.weighted(cache.values(layer) + offset, tokens, shape.width(), p, buffers.attended, at);
            RowLoops.scale(buffers.attended, at, buffers.paddedWidth(), 1 / sum);
        }
    }

    private void scores(long keys, int tokens, int query, float[] parts, float[] scores) {
        for (int from = 0; from < tokens; from += PART_TOKENS) {
            int count = Math.min(PART_TOKENS, tokens - from);
            long first = keys + (long) from * shape.width() * loops.bytes();
            loops.parts(first, count, shape.width(), buffers.queries, query, parts);
            Lanes.sums(parts, count, scores, from);
        }
    }

    /**
     * What attention gave, to where its product takes it.
     *
     * @param onwards whether it stands in the order of the loops
     */
    void attended(List<StepRow> rows, int row, int worker, int layer, boolean onwards) {
        float[] all = scratch[worker];
        int width = shape.width();
        for (int h = 0; h < shape.heads(); h++) {
            int at = (row * shape.heads() + h) * buffers.paddedWidth();
            int to = h * width;
            if (onwards) for (int i = 0; i < width; i++) all[to + i] = buffers.attended[at + places[i]];
            else System.arraycopy(buffers.attended, at, all, to, width);
        }
        if (rounds) Lanes.round(all, 0, shape.heads() * width);
        give(rows, row, all, shape.heads() * width, layer * VectorModel.KINDS + VectorModel.OUTPUT);
    }

    /** The gated activation, to where its product takes it. */
    void activate(List<StepRow> rows, int row, int worker, int layer) {
        VectorModel.Layer w = model.layers().get(layer);
        int width = w.gateUp().width();
        finish(rows, row, width, w.gateUpBias(), layer * VectorModel.KINDS + VectorModel.GATE_UP);
        float[] active = scratch[worker];
        RowLoops.gated(buffers.outputs, row * width, shape.intermediate(), active, rounds);
        give(rows, row, active, shape.intermediate(), layer * VectorModel.KINDS + VectorModel.DOWN);
    }
}
