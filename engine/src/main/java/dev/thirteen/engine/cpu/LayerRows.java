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
    /** A head of each thread. */
    private final float[][] heads;
    /** Scores of each thread's queries of one key-value head: [queries, room]. */
    private final float[][] scores;

    private final float[][] parts;
    private final float[][] sums;
    private int room;

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
        this.heads = new float[threads][shape.width()];
        this.scores = new float[threads][0];
        this.parts = new float[threads][PART_TOKENS * Lanes.COUNT];
        this.sums = new float[threads][group()];
    }

    /** The embedding of a row's token. */
    void embed(List<StepRow> rows, int row) {
        model.embed(rows.get(row).token(), buffers.stream, row * shape.hidden());
    }

    /** Makes room for rows. */
    void reach(List<StepRow> rows) {
        buffers.reach(rows);
        int positions = 0;
        for (StepRow row : rows) positions = Math.max(positions, row.position() + 1);
        rotation.reach(positions);
        if (positions <= room) return;
        room = 2 * Math.ceilDiv(positions, Lanes.COUNT) * Lanes.COUNT;
        for (int i = 0; i < scores.length; i++) scores[i] = new float[group() * room];
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
    void finish(List<StepRow> rows, int row, int width, float[] bias, int linear) {
        int at = row * width;
        if (bias.length > 0) Lanes.add(1, bias, 0, buffers.outputs, at, bias.length);
        if (rounds) Lanes.round(buffers.outputs, at, width);
        List<LinearTerms> terms = rows.get(row).terms();
        if (terms.isEmpty()) return;
        terms.get(linear).write(buffers.left, row * buffers.ranks(), buffers.outputs, at);
        if (rounds) Lanes.round(buffers.outputs, at, width);
    }

    /** What a linear gave, on the residual stream. */
    void residual(int row, int width) {
        Lanes.add(1, buffers.outputs, row * width, buffers.stream, row * shape.hidden(), shape.hidden());
        if (rounds) Lanes.round(buffers.stream, row * shape.hidden(), shape.hidden());
    }

    /**
     * Queries to where attention takes them, keys and values into the cache.
     *
     * @param onwards whether {@link #scores} takes them, in the order of its loops and scaled; else they stand as they are
     */
    void attentionInputs(List<StepRow> rows, int row, int worker, int layer, VectorCache cache, boolean onwards) {
        VectorModel.Layer w = model.layers().get(layer);
        StepRow one = rows.get(row);
        int stride = w.qkv().width();
        int width = shape.width();
        float[] y = buffers.outputs;
        for (int h = 0; h < shape.heads(); h++) {
            float[] head = head(y, row * stride + h * width, w.qNorm(), one.position(), worker);
            int to = (row * shape.heads() + h) * buffers.paddedWidth();
            if (onwards) ordered(head, to);
            else System.arraycopy(head, 0, buffers.queries, to, width);
        }
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long to = cache.offset(shape, loops, one.place(), h) + (long) one.position() * width * loops.bytes();
            int key = row * stride + (shape.heads() + h) * width;
            float[] head = head(y, key, w.kNorm(), one.position(), worker);
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

    private float[] head(float[] y, int at, float[] norm, int position, int worker) {
        float[] turned = heads[worker];
        if (norm.length == 0) {
            rotation.turn(y, at, position, rounds, turned);
            return turned;
        }
        float[] normed = scratch[worker];
        RowLoops.norm(y, at, norm, shape.normEps(), normed);
        if (rounds) Lanes.round(normed, 0, shape.width());
        rotation.turn(normed, 0, position, rounds, turned);
        return turned;
    }

    /** Queries that have a key-value head in common. */
    private int group() {
        return shape.heads() / shape.keyValueHeads();
    }

    /** Scores of the queries of one key-value head of one row; {@link #weigh} takes them, then {@link #attend}. */
    void scores(List<StepRow> rows, int item, int worker, int layer, VectorCache cache) {
        long keys = cache.keys(layer) + offset(rows, item, cache);
        for (int i = 0; i < group(); i++) {
            scores(keys, tokens(rows, item), query(item, i), parts[worker], scores[worker], i * room);
        }
    }

    private void scores(long keys, int tokens, int query, float[] parts, float[] scores, int to) {
        for (int from = 0; from < tokens; from += PART_TOKENS) {
            int count = Math.min(PART_TOKENS, tokens - from);
            long first = keys + (long) from * shape.width() * loops.bytes();
            loops.parts(first, count, shape.width(), buffers.queries, query, parts);
            Lanes.sums(parts, count, scores, to + from);
        }
    }

    /** Weights of the values, not yet divided by their sum. */
    void weigh(List<StepRow> rows, int item, int worker) {
        for (int i = 0; i < group(); i++) {
            sums[worker][i] = RowLoops.exponentials(scores[worker], i * room, tokens(rows, item), rounds);
        }
    }

    /** What the queries of one key-value head of one row see. */
    void attend(List<StepRow> rows, int item, int worker, int layer, VectorCache cache) {
        long values = cache.values(layer) + offset(rows, item, cache);
        for (int i = 0; i < group(); i++) {
            int at = query(item, i);
            int tokens = tokens(rows, item);
            loops.weighted(values, tokens, shape.width(), scores[worker], i * room, buffers.attended, at);
            RowLoops.scale(buffers.attended, at, buffers.paddedWidth(), 1 / sums[worker][i]);
        }
    }

    private int tokens(List<StepRow> rows, int item) {
        return rows.get(item / shape.keyValueHeads()).position() + 1;
    }

    private long offset(List<StepRow> rows, int item, VectorCache cache) {
        int place = rows.get(item / shape.keyValueHeads()).place();
        return cache.offset(shape, loops, place, item % shape.keyValueHeads());
    }

    /** Where a query of a key-value head of a row stands, and what it sees. */
    private int query(int item, int i) {
        return (item * group() + i) * buffers.paddedWidth();
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
        int width = model.layers().get(layer).gateUp().width();
        float[] active = scratch[worker];
        RowLoops.gated(buffers.outputs, row * width, shape.intermediate(), active, rounds);
        give(rows, row, active, shape.intermediate(), layer * VectorModel.KINDS + VectorModel.DOWN);
    }
}
