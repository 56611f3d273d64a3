package dev.thirteen.core.batch;

import java.util.List;
import java.util.Optional;

/**
 * What a decoder does next, in this order.
 *
 * @param preempted ids of running groups that lose their rows and wait again, oldest first
 * @param evicted places of kept rows, in the list of the state, that are forgotten
 * @param admitted ids of waiting groups that get rows
 * @param shape that the cache takes on
 * @param chunks parts of prompts to compute
 * @param decode whether a row draws a token then
 */
public record BatchPlan(
        List<Long> preempted,
        List<Integer> evicted,
        List<Long> admitted,
        CacheShape shape,
        List<Chunk> chunks,
        boolean decode) {
    /**
     * A part of a fill.
     *
     * @param fill place among the fills of the group
     * @param source what has the tokens before {@code from} already; present in a first chunk alone
     * @param from first token to compute; may be {@code to}
     * @param to token after the last one
     */
    public record Chunk(long group, int fill, Optional<Source> source, int from, int to) {}

    /** Where keys and values are copied from. */
    public sealed interface Source {
        /** A place in the list of kept rows. */
        record Kept(int place) implements Source {}

        /** A fill of a running group. */
        record Running(long group, int fill) implements Source {}
    }

    public BatchPlan {
        preempted = List.copyOf(preempted);
        evicted = List.copyOf(evicted);
        admitted = List.copyOf(admitted);
        chunks = List.copyOf(chunks);
    }
}
