package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of a group of spans, one layer at a time, as matrices: keys [tokens, width] in strips of tokens, values in strips
 * of their columns, for each key-value head. Off the heap; grows with the largest group.
 */
final class KeyStrips implements AutoCloseable {
    private final DecoderShape shape;
    private final Products products;
    private final int padded;
    private final int size;
    private @Nullable Room room;

    /** Memory for so many tokens. */
    private static final class Room implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final int tokens;
        private final MemorySegment keys;
        private final MemorySegment values;

        Room(int tokens, long keyBytes, long valueBytes) {
            this.tokens = tokens;
            try {
                this.keys = arena.allocate(tokens * keyBytes, Strips.ALIGNMENT);
                this.values = arena.allocate(tokens * valueBytes, Strips.ALIGNMENT);
            } catch (OutOfMemoryError e) {
                arena.close();
                throw e;
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    KeyStrips(DecoderShape shape, Products products) {
        this.shape = shape;
        this.products = products;
        this.padded = StepBuffers.paddedWidth(shape);
        this.size = products.format().bytes();
    }

    /** Tokens come in multiples of this: whole strips, and whole steps of a depth. */
    int step() {
        return Math.max(Products.COLUMNS, products.depthStep());
    }

    int rounded(int tokens) {
        return SpanGroup.rounded(tokens, step());
    }

    /** Makes room for a group. */
    void reach(SpanGroup group) {
        if (room != null && group.tokens() <= room.tokens) return;
        close();
        long bytes = (long) shape.keyValueHeads() * size;
        room = new Room(group.tokens(), bytes * shape.width(), bytes * padded);
    }

    private Room room() {
        if (room == null) throw new IllegalStateException("there is no room for keys");
        return room;
    }

    private long first(SpanGroup group, SpanGroup.Part part, int head) {
        return (long) head * group.tokens() + part.first();
    }

    private long keys(SpanGroup group, SpanGroup.Part part, int head) {
        return room().keys.address() + first(group, part, head) * shape.width() * size;
    }

    private long values(SpanGroup group, SpanGroup.Part part, int head) {
        return room().values.address() + first(group, part, head) * padded * size;
    }

    /** Brings in a chunk of what a span sees, and zeros behind its end. */
    void bring(SpanGroup group, SpanGroup.Part chunk, int head, int layer, VectorCache cache) {
        long offset = cache.offset(shape, products.format(), chunk.span().place(), head);
        long ownKeys = keys(group, chunk, head);
        long ownValues = values(group, chunk, head);
        long column = (long) rounded(chunk.span().seen()) * Products.COLUMNS * size;
        for (int t = chunk.from(); t < chunk.to(); t++) {
            long token = offset + (long) t * shape.width() * size;
            long strip = ownKeys + (long) (t / Products.COLUMNS) * shape.width() * Products.COLUMNS * size;
            if (t < chunk.span().seen())
                bring(t, cache.keys(layer) + token, strip, cache.values(layer) + token, ownValues, column);
            else clear(t, strip, ownValues, column);
        }
    }

    private void bring(int t, long keys, long keyStrip, long values, long valueStrips, long column) {
        Loops format = products.format();
        for (int i = 0; i < shape.width(); i++) {
            format.move(keys + (long) i * size, key(t, i, keyStrip));
            format.move(values + (long) i * size, value(t, i, valueStrips, column));
        }
    }

    private void clear(int t, long keyStrip, long valueStrips, long column) {
        Loops format = products.format();
        for (int i = 0; i < shape.width(); i++) {
            format.store(key(t, i, keyStrip), 0);
            format.store(value(t, i, valueStrips, column), 0);
        }
    }

    private long key(int t, int i, long strip) {
        return strip + (long) products.place(i, t % Products.COLUMNS) * size;
    }

    private long value(int t, int i, long strips, long column) {
        return strips + i / Products.COLUMNS * column + (long) products.place(t, i % Products.COLUMNS) * size;
    }

    /** Products of a desk's queries with the keys that its piece sees. */
    void scores(SpanGroup group, SpanGroup.Part piece, int head, QueryDesk desk) {
        long strip = keys(group, piece, head);
        long bytes = (long) shape.width() * Products.COLUMNS * size;
        for (int t = 0; t < desk.depth(); t += Products.COLUMNS, strip += bytes) desk.score(strip, t);
        products.done();
    }

    /** Sums of the values by a desk's weights. */
    void sums(SpanGroup group, SpanGroup.Part piece, int head, QueryDesk desk) {
        long strip = values(group, piece, head);
        long bytes = (long) rounded(piece.span().seen()) * Products.COLUMNS * size;
        for (int i = 0; i < padded; i += Products.COLUMNS, strip += bytes) desk.sum(strip, i);
        products.done();
    }

    @Override
    public void close() {
        if (room != null) room.close();
        room = null;
    }
}
