package dev.thirteen.engine.cpu;

import dev.thirteen.engine.device.DecoderShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Spans that attend together, and how their work is cut.
 *
 * @param tokens of all spans, with what each is filled up by
 * @param chunks of tokens seen, to be brought into strips
 * @param pieces of positions, whose queries are multiplied together
 */
record SpanGroup(int tokens, List<Part> chunks, List<Part> pieces) {
    /** Tokens whose keys are in strips at once, but for a span that sees more. */
    static final int TOKENS = 8192;

    private static final int CHUNK = 128;

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

    /**
     * A part of a span.
     *
     * @param first where the tokens of the span begin among those of the group
     */
    record Part(Span span, int first, int from, int to) {}

    /** @param step tokens that each span is filled up to a multiple of */
    static List<SpanGroup> of(List<StepRow> rows, DecoderShape shape, int step) {
        List<SpanGroup> groups = new ArrayList<>();
        List<Span> some = new ArrayList<>();
        int tokens = 0;
        for (Span span : spans(rows)) {
            if (!some.isEmpty() && tokens + span.seen() > TOKENS) {
                groups.add(group(some, shape, step));
                some = new ArrayList<>();
                tokens = 0;
            }
            some.add(span);
            tokens += rounded(span.seen(), step);
        }
        groups.add(group(some, shape, step));
        return groups;
    }

    private static List<Span> spans(List<StepRow> rows) {
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

    private static SpanGroup group(List<Span> spans, DecoderShape shape, int step) {
        int heads = shape.heads() / shape.keyValueHeads();
        int tokens = 0;
        List<Part> chunks = new ArrayList<>();
        List<Part> pieces = new ArrayList<>();
        for (Span span : spans) {
            int seen = rounded(span.seen(), step);
            cut(span, tokens, seen, CHUNK, chunks);
            cut(span, tokens, span.count(), Math.max(1, QueryDesk.rows(seen) / heads), pieces);
            tokens += seen;
        }
        return new SpanGroup(tokens, chunks, pieces);
    }

    private static void cut(Span span, int first, int count, int by, List<Part> parts) {
        for (int from = 0; from < count; from += by) {
            parts.add(new Part(span, first, from, Math.min(count, from + by)));
        }
    }

    static int rounded(int tokens, int step) {
        return Math.ceilDiv(tokens, step) * step;
    }
}
