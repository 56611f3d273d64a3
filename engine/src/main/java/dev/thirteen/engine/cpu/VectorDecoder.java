package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Computes tokens through all layers, each row under its own policy, by loops over vectors. Sums are
 * fp32; what goes from one loop to the next is rounded where the programs round it, so that a gradient sees the same policy.
 * A row's result does not depend on the others. Used by one thread at a time.
 */
public final class VectorDecoder implements AutoCloseable {
    /** Rows that prompts are computed by: enough for products, few enough for the buffers. */
    private static final int PROMPT_ROWS = 128;

    /** Rows whose logits are held at once: they are the largest thing on the heap. */
    public static final int LOGIT_ROWS = 64;

    private static final int KINDS = 4;
    private static final int QKV = 0;
    private static final int OUTPUT = 1;
    private static final int GATE_UP = 2;
    private static final int DOWN = 3;

    private final VectorModel model;
    private final DecoderShape shape;
    private final Loops loops;
    private final Team team;
    /** Whether what goes from one loop to the next is rounded to bf16, where the programs round it. */
    private final boolean rounds;

    private final StepBuffers buffers;
    /** Where number i of a head stands in the order of the loops. */
    private final int[] places;

    private final Rotation rotation;
    private final float[][] scratch;
    private final float[][] scores;
    private float[] logits = new float[0];

    /**
     * @param format of the cache, and what cosines and sines of positions are rounded to
     * @param threads that compute, the caller among them
     */
    public VectorDecoder(VectorModel model, VectorFormat format, int threads) {
        this.model = model;
        this.shape = model.shape();
        this.loops = format.loops();
        this.rounds = format == VectorFormat.BF16;
        this.places = IntStream.range(0, shape.width()).map(loops::place).toArray();
        this.team = new Team(threads);
        int widest = 0;
        for (VectorModel.Layer layer : model.layers()) {
            widest = Math.max(
                    widest, Math.max(layer.qkv().width(), layer.gateUp().width()));
            widest = Math.max(widest, layer.down().width());
        }
        this.buffers = new StepBuffers(shape, widest);
        this.rotation = new Rotation(loops, model.frequencies());
        this.scratch = new float[threads][Math.max(Math.max(shape.hidden(), shape.intermediate()), shape.qkv())];
        this.scores = new float[threads][0];
    }

    /** Computes prompts into the cache; of a row, tokens may follow each other. */
    public void fill(List<StepRow> rows, VectorCache cache) {
        for (int from = 0; from < rows.size(); from += PROMPT_ROWS) {
            layers(rows.subList(from, Math.min(rows.size(), from + PROMPT_ROWS)), cache, false);
        }
    }

    /** Computes one token a row; {@link #logits} has what comes of it. */
    public void advance(List<StepRow> rows, VectorCache cache) {
        layers(rows, cache, true);
    }

    /**
     * Logits of some of the rows that were computed last: [to - from, {@link #logitStride()}], valid until the next call.
     *
     * @param from a multiple of {@link #LOGIT_ROWS}
     * @param to at most as many rows further
     */
    public float[] logits(int from, int to) {
        int rows = to - from;
        int blocks = StepBuffers.blocks(rows);
        int size = blocks * Loops.ROWS * logitStride();
        if (logits.length < size) logits = new float[size];
        model.head().product(team, buffers.inputs, from / Loops.ROWS, blocks, logits);
        if (rounds) team.forEach(rows, (row, worker) -> Lanes.round(logits, row * logitStride(), logitStride()));
        return logits;
    }

    /** Numbers from the logits of one row to those of the next. */
    public int logitStride() {
        return model.head().width();
    }

    /** Draws a token for every row that was computed last: [{@link PlainDraw#NUMBERS}, rows]. */
    public double[] draw(List<PlainDraw> draws) {
        double[] drawn = new double[PlainDraw.NUMBERS * draws.size()];
        for (int from = 0; from < draws.size(); from += LOGIT_ROWS) {
            int first = from;
            int to = Math.min(draws.size(), from + LOGIT_ROWS);
            float[] block = logits(from, to);
            team.forEach(
                    to - from,
                    (row, worker) -> draws.get(first + row)
                            .draw(block, row * logitStride(), shape.vocabulary(), drawn, first + row, draws.size()));
        }
        return drawn;
    }

    private void layers(List<StepRow> rows, VectorCache cache, boolean onwards) {
        int n = rows.size();
        int blocks = StepBuffers.blocks(n);
        buffers.reach(rows);
        reach(rows);
        int hidden = shape.hidden();
        team.forEach(n, (row, worker) -> {
            model.embed(rows.get(row).token(), buffers.stream, row * hidden);
            norm(rows, row, worker, model.layers().getFirst().inputNorm(), QKV);
        });
        for (int i = 0; i < shape.layers(); i++) {
            int layer = i;
            VectorModel.Layer w = model.layers().get(layer);
            boolean last = layer == shape.layers() - 1;
            float[] nextNorm =
                    last ? model.finalNorm() : model.layers().get(layer + 1).inputNorm();
            w.qkv().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            team.forEach(n, (row, worker) -> attentionInputs(rows, row, worker, layer, cache));
            // Of the last layer, nothing but keys and values is needed of a prompt.
            if (last && !onwards) return;
            team.forEach(n * shape.keyValueHeads(), (item, worker) -> attend(rows, item, worker, layer, cache));
            team.forEach(n, (row, worker) -> attended(rows, row, worker, layer));
            w.o().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            team.forEach(n, (row, worker) -> {
                residual(rows, row, w.o().width(), w.oBias(), layer, OUTPUT);
                norm(rows, row, worker, w.postNorm(), layer * KINDS + GATE_UP);
            });
            w.gateUp().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            team.forEach(n, (row, worker) -> activate(rows, row, worker, layer));
            w.down().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            team.forEach(n, (row, worker) -> {
                residual(rows, row, w.down().width(), w.downBias(), layer, DOWN);
                norm(rows, row, worker, nextNorm, (layer + 1) * KINDS + QKV);
            });
        }
    }

    private void reach(List<StepRow> rows) {
        int positions = 0;
        for (StepRow row : rows) positions = Math.max(positions, row.position() + 1);
        rotation.reach(positions);
        for (int i = 0; i < scores.length; i++) {
            if (scores[i].length < positions)
                scores[i] = new float[2 * Math.ceilDiv(positions, Lanes.COUNT) * Lanes.COUNT];
        }
    }

    /** Puts the normed row, and what the terms of a linear read of it, where its product and they find it. */
    private void norm(List<StepRow> rows, int row, int worker, float[] weight, int linear) {
        float[] normed = scratch[worker];
        RowLoops.norm(buffers.stream, row * shape.hidden(), weight, shape.normEps(), normed);
        if (rounds) Lanes.round(normed, 0, shape.hidden());
        give(rows, row, normed, shape.hidden(), linear);
    }

    private void give(List<StepRow> rows, int row, float[] numbers, int count, int linear) {
        List<LinearTerms> terms = rows.get(row).terms();
        // Behind the last layer stands the head, which no policy changes.
        if (linear < terms.size()) terms.get(linear).read(numbers, 0, buffers.left, row * buffers.ranks(), rounds);
        buffers.input(row, numbers, count);
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

    private void residual(List<StepRow> rows, int row, int width, float[] bias, int layer, int kind) {
        finish(rows, row, width, bias, layer * KINDS + kind);
        Lanes.add(1, buffers.outputs, row * width, buffers.stream, row * shape.hidden(), shape.hidden());
        if (rounds) Lanes.round(buffers.stream, row * shape.hidden(), shape.hidden());
    }

    /** Queries in the order of the loops, keys and values into the cache. */
    private void attentionInputs(List<StepRow> rows, int row, int worker, int layer, VectorCache cache) {
        VectorModel.Layer w = model.layers().get(layer);
        StepRow one = rows.get(row);
        int stride = w.qkv().width();
        finish(rows, row, stride, w.qkvBias(), layer * KINDS + QKV);
        int width = shape.width();
        float[] y = buffers.outputs;
        float[] head = scratch[worker];
        float scale = (float) (1 / Math.sqrt(width));
        for (int h = 0; h < shape.heads(); h++) {
            head(y, row * stride + h * width, w.qNorm(), one.position(), head);
            int to = (row * shape.heads() + h) * buffers.paddedWidth();
            for (int i = 0; i < width; i++) buffers.queries[to + places[i]] = head[i] * scale;
        }
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long to = cache.offset(shape, loops, one.place(), h) + (long) one.position() * width * loops.bytes();
            int key = row * stride + (shape.heads() + h) * width;
            head(y, key, w.kNorm(), one.position(), head);
            int value = key + shape.keyValueHeads() * width;
            for (int i = 0; i < width; i++) {
                loops.store(cache.keys(layer) + to + (long) i * loops.bytes(), head[i]);
                loops.store(cache.values(layer) + to + (long) i * loops.bytes(), y[value + i]);
            }
        }
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
    private void attend(List<StepRow> rows, int item, int worker, int layer, VectorCache cache) {
        int row = item / shape.keyValueHeads();
        int shared = item % shape.keyValueHeads();
        StepRow one = rows.get(row);
        long offset = cache.offset(shape, loops, one.place(), shared);
        int group = shape.heads() / shape.keyValueHeads();
        int tokens = one.position() + 1;
        float[] p = scores[worker];
        for (int h = shared * group; h < (shared + 1) * group; h++) {
            int at = (row * shape.heads() + h) * buffers.paddedWidth();
            loops.scores(cache.keys(layer) + offset, tokens, shape.width(), buffers.queries, at, p);
            float sum = RowLoops.exponentials(p, tokens, rounds);
            loops.weighted(cache.values(layer) + offset, tokens, shape.width(), p, buffers.attended, at);
            RowLoops.scale(buffers.attended, at, buffers.paddedWidth(), 1 / sum);
        }
    }

    private void attended(List<StepRow> rows, int row, int worker, int layer) {
        float[] all = scratch[worker];
        int width = shape.width();
        for (int h = 0; h < shape.heads(); h++) {
            int at = (row * shape.heads() + h) * buffers.paddedWidth();
            for (int i = 0; i < width; i++) all[h * width + i] = buffers.attended[at + places[i]];
        }
        if (rounds) Lanes.round(all, 0, shape.heads() * width);
        give(rows, row, all, shape.heads() * width, layer * KINDS + OUTPUT);
    }

    private void activate(List<StepRow> rows, int row, int worker, int layer) {
        VectorModel.Layer w = model.layers().get(layer);
        int width = w.gateUp().width();
        finish(rows, row, width, w.gateUpBias(), layer * KINDS + GATE_UP);
        float[] active = scratch[worker];
        RowLoops.gated(buffers.outputs, row * width, shape.intermediate(), active, rounds);
        give(rows, row, active, shape.intermediate(), layer * KINDS + DOWN);
    }

    @Override
    public void close() {
        team.close();
    }
}
