package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;

/** Spans of about one length that attend in one call, padded on the right; their tokens lie one span after the other. */
final class SpanBlock {
    private final List<Span> spans;
    private final int time;
    private final int before;

    private SpanBlock(List<Span> spans) {
        this.spans = List.copyOf(spans);
        this.time = longest(Span::length);
        this.before = longest(Span::start);
    }

    /** Cuts spans by length, equal ones in the given order, so that no span is padded by more than a third of its block. */
    static List<SpanBlock> cut(List<Span> spans) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingInt(Span::length).reversed());
        List<SpanBlock> blocks = new ArrayList<>();
        List<Span> open = new ArrayList<>();
        for (Span span : sorted) {
            if (!open.isEmpty() && 3 * span.length() < 2 * open.getFirst().length()) {
                blocks.add(new SpanBlock(open));
                open.clear();
            }
            open.add(span);
        }
        if (!open.isEmpty()) blocks.add(new SpanBlock(open));
        return blocks;
    }

    private int longest(ToIntFunction<Span> number) {
        return spans.stream().mapToInt(number).max().orElse(0);
    }

    List<Span> spans() {
        return spans;
    }

    private int tokens() {
        return spans.stream().mapToInt(Span::length).sum();
    }

    private boolean padded() {
        return tokens() < spans.size() * time;
    }

    /** As span_attention.py reads them: spans, their padded length, that of their prompts, tokens, whether spans are padded. */
    LongStream facts() {
        return LongStream.of(spans.size(), time, before, tokens(), padded() ? 1 : 0);
    }

    /**
     * As span_attention.py reads them: which token of the block stands at a place of the rectangle, where a token stands,
     * places of the prompts' tokens in the pass, lengths of the prompts. One number where nothing is needed.
     */
    List<PtNDArray> tensors(PtNDManager scope, ToIntFunction<Span> place) {
        long[] fill = new long[padded() ? spans.size() * time : 1];
        long[] back = new long[padded() ? tokens() : 1];
        long[] prompts = new long[Math.max(1, spans.size() * before)];
        long[] starts = new long[spans.size()];
        int token = 0;
        for (int s = 0; s < spans.size(); s++) {
            for (int t = 0; padded() && t < spans.get(s).length(); t++) {
                fill[s * time + t] = token;
                back[token++] = (long) s * time + t;
            }
            starts[s] = spans.get(s).start();
            Span prompt = spans.get(s).before();
            for (int t = 0; prompt != null && t < prompt.length(); t++) {
                prompts[s * before + t] = place.applyAsInt(prompt) + t;
            }
        }
        return List.of(row(scope, fill), row(scope, back), row(scope, prompts), row(scope, starts));
    }

    private static PtNDArray row(PtNDManager scope, long[] numbers) {
        return Torch.of(scope, numbers, numbers.length);
    }
}
