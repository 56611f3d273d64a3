package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention of prompts: tokens that follow each other have their keys in common, which are brought into strips once and
 * multiplied by the queries of many, as a matrix is. Spans, and key-value heads of them, are done in any order by any thread.
 */
final class SpanAttention implements AutoCloseable {
    /** Queries that are multiplied together. */
    private static final int QUERIES = 32;

    /**
     * Tokens that follow each other.
     *
     * @param row first of the step's rows
     * @param place row of the cache
     * @param position of the first
     */
    record Span(int row, int count, int place, int position) {
        /** Tokens that its last one sees. */
        int seen() {
            return position + count;
        }
    }

    private final DecoderShape shape;
    private final Products products;
    private final boolean rounds;
    private final StepBuffers buffers;
    private final Desk[] desks;

    /**
     * @param products in the format of the cache
     * @param rounds whether weights of values are rounded to bf16
     */
    SpanAttention(DecoderShape shape, Products products, boolean rounds, StepBuffers buffers, int threads) {
        this.shape = shape;
        this.products = products;
        this.rounds = rounds;
        this.buffers = buffers;
        this.desks = new Desk[threads];
        for (int i = 0; i < threads; i++) desks[i] = new Desk();
    }

    /** The spans of rows, in their order. */
    static List<Span> spans(List<StepRow> rows) {
        List<Span> spans = new ArrayList<>();
        for (int from = 0, to; from < rows.size(); from = to) {
            StepRow first = rows.get(from);
            to = from + 1;
            while (to < rows.size() && follows(first, rows.get(to), to - from)) to++;
            spans.add(new Span(from, to - from, first.place(), first.position()));
        }
        return spans;
    }

    private static boolean follows(StepRow first, StepRow row, int after) {
        return row.place() == first.place() && row.position() == first.position() + after;
    }

    /**
     * All queries of one key-value head of a span; they stand in the buffers as they are, not scaled.
     *
     * @param head key-value head
     */
    void attend(Span span, int head, int worker, int layer, VectorCache cache) {
        Desk desk = desks[worker];
        desk.reach(span.seen());
        long offset = cache.offset(shape, products.format(), span.place(), head);
        desk.bring(cache.keys(layer) + offset, cache.values(layer) + offset, span.seen());
        int group = shape.heads() / shape.keyValueHeads();
        int step = Math.max(1, QUERIES / group);
        for (int from = 0; from < span.count(); from += step) {
            attend(span, head * group, group, from, Math.min(span.count(), from + step), desk);
        }
        products.done();
    }

    /** Some positions' queries of a group of heads. */
    private void attend(Span span, int firstHead, int group, int from, int to, Desk desk) {
        int width = shape.width();
        int rows = StepBuffers.blocks((to - from) * group) * Loops.ROWS;
        int depth = desk.rounded(span.position() + to);
        for (int i = from; i < to; i++) {
            for (int h = 0; h < group; h++) {
                desk.queries.put((i - from) * group + h, buffers.queries, at(span.row() + i, firstHead + h), width);
            }
        }
        desk.scores(depth, rows);
        for (int i = from; i < to; i++) {
            for (int h = 0; h < group; h++) desk.weigh((i - from) * group + h, span.position() + i + 1, depth);
        }
        desk.sums(depth, rows);
        for (int i = from; i < to; i++) {
            for (int h = 0; h < group; h++) {
                desk.give((i - from) * group + h, buffers.attended, at(span.row() + i, firstHead + h));
            }
        }
    }

    private int at(int row, int head) {
        return (row * shape.heads() + head) * buffers.paddedWidth();
    }

    @Override
    public void close() {
        for (Desk desk : desks) desk.close();
    }

    /** What one thread has before it: keys and values of one head in strips, and the queries that it multiplies. */
    private final class Desk implements AutoCloseable {
        private final int padded = Math.ceilDiv(shape.width(), Products.COLUMNS) * Products.COLUMNS;
        private final Inputs queries = products.inputs();
        private final Inputs weights = products.inputs();
        private @Nullable Arena arena;
        private MemorySegment keys = MemorySegment.NULL;
        private MemorySegment values = MemorySegment.NULL;
        private int room;
        private int most = 1;
        private float[] scores = {};
        private float[] sums = {};
        private float[] shares = {};

        /** Makes room for so many tokens. */
        void reach(int tokens) {
            int group = shape.heads() / shape.keyValueHeads();
            most = StepBuffers.blocks(Math.max(QUERIES, group)) * Loops.ROWS;
            if (tokens <= room) return;
            close();
            room = rounded(Math.max(tokens, 2 * room));
            Arena next = Arena.ofShared();
            arena = next;
            long bytes = (long) room * padded * products.format().bytes();
            keys = next.allocate((long) room * shape.width() * products.format().bytes(), Strips.ALIGNMENT);
            values = next.allocate(bytes, Strips.ALIGNMENT);
            queries.reach(most * shape.width());
            weights.reach(most * room);
            scores = new float[most * room];
            sums = new float[most * padded];
            shares = new float[most];
        }

        /** Whole strips of tokens, and whole steps of a depth. */
        int rounded(int tokens) {
            int step = Math.max(Products.COLUMNS, products.depthStep());
            return Math.ceilDiv(tokens, step) * step;
        }

        /** Keys [tokens, width] as strips of tokens, values [tokens, width] as strips of their columns. */
        void bring(long from, long fromValues, int tokens) {
            Loops format = products.format();
            int size = format.bytes();
            int width = shape.width();
            for (int t = 0; t < rounded(tokens); t++) {
                long strip = keys.address() + (long) (t / Products.COLUMNS) * width * Products.COLUMNS * size;
                for (int i = 0; i < width; i++) {
                    long number = ((long) t * width + i) * size;
                    float key = t < tokens ? format.load(from + number) : 0;
                    float value = t < tokens ? format.load(fromValues + number) : 0;
                    format.store(strip + (long) products.place(i, t % Products.COLUMNS) * size, key);
                    long column = values.address() + (long) (i / Products.COLUMNS) * room * Products.COLUMNS * size;
                    format.store(column + (long) products.place(t, i % Products.COLUMNS) * size, value);
                }
            }
        }

        /** Products of the queries with the keys: [rows, room]. */
        void scores(int depth, int rows) {
            long bytes =
                    (long) shape.width() * Products.COLUMNS * products.format().bytes();
            for (int strip = 0; strip < depth / Products.COLUMNS; strip++) {
                long at = keys.address() + strip * bytes;
                products.product(at, shape.width(), queries, 0, rows, scores, strip * Products.COLUMNS, room);
            }
        }

        /** The weights of the values for a row's query, which sees so many tokens. */
        void weigh(int row, int seen, int depth) {
            int at = row * room;
            RowLoops.scale(scores, at, seen, (float) (1 / Math.sqrt(shape.width())));
            shares[row] = 1 / RowLoops.exponentials(scores, at, seen, rounds);
            Arrays.fill(scores, at + seen, at + depth, 0);
            weights.put(row, scores, at, depth);
        }

        /** Sums of the values: [rows, padded width]. */
        void sums(int depth, int rows) {
            long bytes = (long) room * Products.COLUMNS * products.format().bytes();
            for (int strip = 0; strip < padded / Products.COLUMNS; strip++) {
                long at = values.address() + strip * bytes;
                products.product(at, depth, weights, 0, rows, sums, strip * Products.COLUMNS, padded);
            }
        }

        void give(int row, float[] into, int at) {
            System.arraycopy(sums, row * padded, into, at, shape.width());
            RowLoops.scale(into, at, shape.width(), shares[row]);
        }

        @Override
        public void close() {
            if (arena != null) arena.close();
            arena = null;
            room = 0;
        }
    }
}
