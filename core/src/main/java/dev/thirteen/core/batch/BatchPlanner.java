package dev.thirteen.core.batch;

import dev.thirteen.core.batch.Admission.Reason;
import dev.thirteen.core.batch.Admission.Refused;
import dev.thirteen.core.batch.BatchPlan.Chunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Decides what a decoder does next: a function of the state alone. First come, first served: nothing overtakes the head of
 * the queue. A group starts when there is room for what it holds and a part of what it may draw; when the room does not
 * last, the youngest group waits again, so the oldest always ends.
 */
public record BatchPlanner(BatchLimits limits) {
    /** Why a request never fits; empty when it does once nothing else runs. */
    public Optional<Refused> refusal(BatchRequest request) {
        if (request.rows() > limits.maxRows()) {
            return tooLarge("%d rows, at most %d run at once".formatted(request.rows(), limits.maxRows()));
        }
        if (request.tokens() > limits.maxTokens()) {
            return tooLarge("%d rows of %d tokens are %d tokens, the cache holds %d"
                    .formatted(request.rows(), request.length(), request.tokens(), limits.maxTokens()));
        }
        return Optional.empty();
    }

    private static Optional<Refused> tooLarge(String message) {
        return Optional.of(new Refused(Reason.TOO_LARGE, message));
    }

    /** What is asked whether a group would start with the next step, after all that wait. */
    public BatchRoom room(BatchState state) {
        boolean open = survivors(state.running()) == state.running().size()
                && admitted(state.running(), state.waiting()) == state.waiting().size();
        List<BatchGroup> all = new ArrayList<>(state.running());
        all.addAll(state.waiting());
        return new BatchRoom(new BatchLoad(limits, all), open && (!limits.alone() || all.isEmpty()));
    }

    /** The next step. */
    public BatchPlan plan(BatchState state) {
        int survivors = survivors(state.running());
        boolean preempts = survivors < state.running().size();
        int admitted = preempts ? 0 : admitted(state.running(), state.waiting());
        List<BatchGroup> coming = state.waiting().subList(0, admitted);
        List<BatchGroup> groups = new ArrayList<>(state.running().subList(0, survivors));
        groups.addAll(coming);
        BatchLoad load = new BatchLoad(limits, groups);
        CacheShape shape =
                new ShapePlan(limits, state.shape()).shape(load, state.kept().size());
        int room = Math.toIntExact(shape.rows() - load.rows());
        PromptSharing sharing = new PromptSharing(limits, state.kept(), groups);
        List<Integer> evicted = sharing.evicted(coming, Math.max(0, state.kept().size() - room));
        List<Chunk> chunks = new ChunkPlan(limits, sharing.without(evicted), groups).chunks();
        return new BatchPlan(
                ids(state.running().subList(survivors, state.running().size())),
                evicted,
                ids(coming),
                shape,
                chunks,
                groups.stream().anyMatch(group -> decodes(group, chunks)));
    }

    /** How many running groups have room for their next token, the oldest first. */
    private int survivors(List<BatchGroup> running) {
        for (int count = running.size(); count > 1; count--) {
            if (new BatchLoad(limits, running.subList(0, count)).fitsNow()) return count;
        }
        return Math.min(1, running.size());
    }

    /** How many waiting groups start. */
    private int admitted(List<BatchGroup> running, List<BatchGroup> waiting) {
        if (limits.alone()) return running.isEmpty() ? Math.min(1, waiting.size()) : 0;
        BatchLoad load = new BatchLoad(limits, running);
        for (int count = 0; count < waiting.size(); count++) {
            load = load.with(waiting.get(count));
            if (!load.fits()) return count;
        }
        return waiting.size();
    }

    private static boolean decodes(BatchGroup group, List<Chunk> chunks) {
        return IntStream.range(0, group.fills().size())
                .allMatch(i -> group.fills().get(i).open() == 0
                        || chunks.stream()
                                .anyMatch(chunk -> chunk.group() == group.id()
                                        && chunk.fill() == i
                                        && chunk.to() == group.fills().get(i).tokens().length));
    }

    private static List<Long> ids(List<BatchGroup> groups) {
        return groups.stream().map(BatchGroup::id).toList();
    }
}
