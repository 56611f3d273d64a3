package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.List;

/**
 * Computes tokens through all layers, each row under its own policy, by loops over vectors. Sums are fp32; what goes from one
 * loop to the next is rounded where the programs round it, so that a gradient sees the same policy. A row's bits do not depend
 * on the others, nor on the number of threads. Used by one thread at a time.
 */
public final class VectorDecoder implements AutoCloseable {
    /** Rows that prompts are computed by, for the products, however large the model. */
    private static final int LEAST_PROMPT_ROWS = 128;
    /** More where they fit into this many numbers of the buffers: weights are then read fewer times. */
    private static final int PROMPT_NUMBERS = 8 << 20;

    private static final int MOST_PROMPT_ROWS = 512;

    /** Parts that each thread's share of rows is cut into. */
    private static final int ROW_ITEMS = 4;

    /** Tokens whose keys and values of one layer prompts keep once more, or one sequence's where that is longer. */
    public static final int ATTENDED_TOKENS = SpanGroup.TOKENS;

    /** Rows whose logits are held at once: they are the largest thing on the heap. */
    public static final int LOGIT_ROWS = 64;

    private final VectorModel model;
    private final DecoderShape shape;
    private final boolean rounds;
    private final Team team;
    private final StepBuffers buffers;
    private final LayerRows between;
    private final SpanAttention attention;
    private float[] logits = new float[0];

    /**
     * @param format of the cache, and what cosines and sines of positions are rounded to
     * @param threads that compute, the caller among them
     */
    public VectorDecoder(VectorModel model, VectorFormat format, int threads) {
        this.model = model;
        this.shape = model.shape();
        this.rounds = format == VectorFormat.BF16;
        this.team = new Team(threads);
        this.buffers = new StepBuffers(shape, model.widest(), model.products().inputs());
        this.between = new LayerRows(model, format, buffers, threads);
        this.attention = new SpanAttention(shape, model.products().of(format), rounds, buffers, threads);
    }

    /** Computes prompts into the cache; of a row, tokens may follow each other. */
    public void fill(List<StepRow> rows, VectorCache cache) {
        int most = Math.clamp(PROMPT_NUMBERS / buffers.rowNumbers(), LEAST_PROMPT_ROWS, MOST_PROMPT_ROWS);
        int some = most / Loops.ROWS * Loops.ROWS;
        for (int from = 0; from < rows.size(); from += some) {
            layers(rows.subList(from, Math.min(rows.size(), from + some)), cache, false);
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
        List<SpanGroup> groups = onwards ? List.of() : attention.groups(rows);
        between.reach(rows);
        float[] firstNorm = model.layers().getFirst().inputNorm();
        eachRow(
                n,
                (row, worker) -> between.embed(rows, row),
                (row, worker) -> between.norm(rows, row, worker, firstNorm, VectorModel.QKV));
        for (int i = 0; i < shape.layers(); i++) {
            int layer = i;
            VectorModel.Layer w = model.layers().get(layer);
            int linear = layer * VectorModel.KINDS;
            boolean last = layer == shape.layers() - 1;
            w.qkv().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            eachRow(
                    n,
                    finish(rows, w.qkv(), w.qkvBias(), linear + VectorModel.QKV),
                    (row, worker) -> between.attentionInputs(rows, row, worker, layer, cache, onwards));
            // Of the last layer, nothing but keys and values is needed of a prompt.
            if (last && !onwards) return;
            if (onwards) attend(rows, layer, cache);
            for (SpanGroup group : groups) attention.attend(team, group, layer, cache);
            eachRow(n, (row, worker) -> between.attended(rows, row, worker, layer, onwards));
            w.o().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            residual(rows, w.o(), w.oBias(), linear + VectorModel.OUTPUT, w.postNorm());
            w.gateUp().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            eachRow(
                    n,
                    finish(rows, w.gateUp(), w.gateUpBias(), linear + VectorModel.GATE_UP),
                    (row, worker) -> between.activate(rows, row, worker, layer));
            w.down().product(team, buffers.inputs, 0, blocks, buffers.outputs);
            float[] nextNorm =
                    last ? model.finalNorm() : model.layers().get(layer + 1).inputNorm();
            residual(rows, w.down(), w.downBias(), linear + VectorModel.DOWN, nextNorm);
        }
    }

    /** What a linear gave, on the residual stream, and this normed for the next one. */
    private void residual(List<StepRow> rows, Strips of, float[] bias, int linear, float[] norm) {
        eachRow(
                rows.size(),
                finish(rows, of, bias, linear),
                (row, worker) -> between.residual(row, of.width()),
                (row, worker) -> between.norm(rows, row, worker, norm, linear + 1));
    }

    private Team.Task finish(List<StepRow> rows, Strips of, float[] bias, int linear) {
        return (row, worker) -> between.finish(rows, row, of.width(), bias, linear);
    }

    private void attend(List<StepRow> rows, int layer, VectorCache cache) {
        each(
                rows.size() * shape.keyValueHeads(),
                1,
                (item, worker) -> between.scores(rows, item, worker, layer, cache),
                (item, worker) -> between.weigh(rows, item, worker),
                (item, worker) -> between.attend(rows, item, worker, layer, cache));
    }

    private void eachRow(int n, Team.Task... steps) {
        int together = buffers.inputs.together();
        int some = Math.ceilDiv(n, ROW_ITEMS * team.size());
        each(n, Math.ceilDiv(some, together) * together, steps);
    }

    /**
     * Steps of each item, one after the other on one thread, some items at a time. Each step is compiled by itself: together they
     * are longer than what the compiler takes into one method, and vectors then go over the heap.
     */
    private void each(int count, int size, Team.Task... steps) {
        team.forEach(Math.ceilDiv(count, size), (part, worker) -> {
            for (int i = part * size; i < Math.min(count, (part + 1) * size); i++) {
                for (Team.Task step : steps) step.run(i, worker);
            }
        });
    }

    @Override
    public void close() {
        team.close();
        attention.close();
    }
}
