package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.List;

/**
 * Attention of prompts: tokens that follow each other have their keys in common, which are brought into strips once and
 * multiplied by the queries of many, as a matrix is. A row's bits depend neither on the others nor on how its prompt is cut.
 */
final class SpanAttention implements AutoCloseable {
    private final DecoderShape shape;
    private final StepBuffers buffers;
    private final KeyStrips strips;
    private final QueryDesk[] desks;

    /**
     * @param products in the format of the cache
     * @param rounds whether weights of values are rounded to bf16
     */
    SpanAttention(DecoderShape shape, Products products, boolean rounds, StepBuffers buffers, int threads) {
        this.shape = shape;
        this.buffers = buffers;
        this.strips = new KeyStrips(shape, products);
        this.desks = new QueryDesk[threads];
        for (int i = 0; i < threads; i++) desks[i] = new QueryDesk(shape, products, rounds);
    }

    /** What {@link #attend} takes of rows: their spans, as many at a time as there is memory for. */
    List<SpanGroup> groups(List<StepRow> rows) {
        return SpanGroup.of(rows, shape, strips.step());
    }

    /** All queries of some spans; they stand in the buffers as they are, not scaled. */
    void attend(Team team, SpanGroup group, int layer, VectorCache cache) {
        int heads = shape.keyValueHeads();
        strips.reach(group);
        team.forEach(group.chunks().size() * heads, (item, worker) -> {
            strips.bring(group, group.chunks().get(item / heads), item % heads, layer, cache);
        });
        team.forEach(group.pieces().size() * heads, (item, worker) -> {
            attend(group, group.pieces().get(item / heads), item % heads, desks[worker]);
        });
    }

    private void attend(SpanGroup group, SpanGroup.Part piece, int head, QueryDesk desk) {
        int own = shape.heads() / shape.keyValueHeads();
        int seen = piece.span().position() + piece.from();
        int count = piece.to() - piece.from();
        int row = piece.span().row() + piece.from();
        desk.begin(count * own, strips.rounded(seen + count));
        for (int i = 0; i < count * own; i++) desk.put(i, buffers.queries, at(row + i / own, head * own + i % own));
        strips.scores(group, piece, head, desk);
        for (int i = 0; i < count * own; i++) desk.weigh(i, seen + i / own + 1);
        strips.sums(group, piece, head, desk);
        for (int i = 0; i < count * own; i++) desk.give(i, buffers.attended, at(row + i / own, head * own + i % own));
    }

    private int at(int row, int head) {
        return (row * shape.heads() + head) * buffers.paddedWidth();
    }

    @Override
    public void close() {
        strips.close();
    }
}
