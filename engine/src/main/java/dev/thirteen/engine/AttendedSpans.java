package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Spans of a pass as sequence_attention.py reads them: those that follow a shared prompt lie behind all others.
 *
 * @param spans in the order in which they lie
 */
record AttendedSpans(List<Span> spans) {
    /** Whether some follow a prompt. */
    private boolean followed() {
        return !spans.isEmpty() && spans.getLast().before() != null;
    }

    private List<Span> followers() {
        return spans.stream().filter(span -> span.before() != null).toList();
    }

    /** Ends of all spans, of the followers, of their prompts' keys. */
    List<int[]> ends() {
        List<Span> followers = followers();
        return List.of(ends(spans, Span::length), ends(followers, Span::length), ends(followers, Span::start));
    }

    /** Places of the prompts' keys, once a follower. */
    long[] keys(ToIntFunction<Span> place) {
        return followers().stream()
                .flatMapToLong(span -> {
                    int first = place.applyAsInt(prompt(span));
                    return IntStream.range(first, first + span.start()).asLongStream();
                })
                .toArray();
    }

    /**
     * Tokens, the first that follows, the longest span, follower and prompt. A length is 2 at least: the kernel treats 1 in
     * another way, with sums of another shape.
     */
    long[] facts() {
        List<Span> followers = followers();
        long tokens = sum(spans);
        return new long[] {
            tokens,
            tokens - sum(followers),
            longest(spans, Span::length),
            longest(followers, Span::length),
            longest(followers, Span::start)
        };
    }

    /** Tensors on the device. */
    PtNDArray[] on(PtNDManager scope, ToIntFunction<Span> place) {
        Stream<PtNDArray> ends = ends().stream().map(one -> Torch.of(scope, one, one.length));
        if (!followed()) return ends.limit(1).toArray(PtNDArray[]::new);
        long[] keys = keys(place);
        return Stream.concat(ends, Stream.of(Torch.of(scope, keys, keys.length)))
                .toArray(PtNDArray[]::new);
    }

    private static Span prompt(Span follower) {
        Span before = follower.before();
        if (before == null) throw new IllegalArgumentException("it follows no prompt");
        return before;
    }

    private static long sum(List<Span> spans) {
        return spans.stream().mapToLong(Span::length).sum();
    }

    private static long longest(List<Span> spans, ToIntFunction<Span> length) {
        return spans.stream().mapToInt(length).reduce(2, Math::max);
    }

    private static int[] ends(List<Span> spans, ToIntFunction<Span> length) {
        int[] ends = new int[spans.size() + 1];
        for (int i = 0; i < spans.size(); i++) ends[i + 1] = ends[i] + length.applyAsInt(spans.get(i));
        return ends;
    }
}
