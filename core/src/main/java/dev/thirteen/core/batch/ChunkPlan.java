package dev.thirteen.core.batch;

import dev.thirteen.core.batch.BatchGroup.Fill;
import dev.thirteen.core.batch.BatchPlan.Chunk;
import dev.thirteen.core.batch.PromptSharing.Beginning;
import dev.thirteen.core.batch.PromptSharing.Head;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of prompts that are computed before the next token. The oldest prompt goes first, whole if it can; of a longer
 * one half of the room at least, so that it ends. The rest goes to the shortest ones, whole; only what is longer than half of
 * the room is cut, into parts of half of it at least. While no row decodes there is more room, since nobody waits for a
 * token, and rows that start together decode together; but no prompt gets more of it. A prompt that begins like another one
 * of the same step waits for the next, and copies then.
 */
final class ChunkPlan {
    /** How much more room there is while no row decodes. */
    static final int IDLE = 8;

    /** A fill that is not done. */
    private record Work(BatchGroup group, int place) {
        Fill fill() {
            return group.fills().get(place);
        }

        int open() {
            return fill().open();
        }

        Chunk chunk(Beginning known, int tokens) {
            int from = Math.max(known.length(), fill().done());
            return new Chunk(group.id(), place, known.source(), from, from + tokens);
        }
    }

    /** Tokens of a fill that are there after this step. */
    private record Placed(int[] tokens, int done) {}

    private final PromptSharing sharing;
    private final List<BatchGroup> groups;
    /** Tokens of one prompt. */
    private final int most;

    private final int half;
    private final List<Chunk> chunks = new ArrayList<>();
    /** Tokens of the chunks by how they begin. */
    private final Map<Head, List<Placed>> placed = new HashMap<>();

    private long left;

    ChunkPlan(BatchLimits limits, PromptSharing sharing, List<BatchGroup> groups) {
        this.sharing = sharing;
        this.groups = groups;
        this.most = limits.promptTokens();
        this.half = Math.max(1, most / 2);
        this.left = groups.stream().anyMatch(BatchGroup::ready) ? most : (long) IDLE * most;
    }

    List<Chunk> chunks() {
        List<Work> line = work();
        if (line.isEmpty()) return List.of();
        Work oldest = line.removeFirst();
        int open = place(oldest, true);
        line.sort(Comparator.comparingInt(Work::open));
        for (Work work : line) {
            if (left == 0) break;
            place(work, false);
        }
        int more = Math.toIntExact(Math.min(left, Math.min(open, most - half)));
        if (more > 0) chunks.set(0, longer(chunks.getFirst(), more));
        return List.copyOf(chunks);
    }

    private List<Work> work() {
        List<Work> line = new ArrayList<>();
        for (BatchGroup group : groups) {
            for (int i = 0; i < group.fills().size(); i++) {
                if (group.fills().get(i).open() > 0) line.add(new Work(group, i));
            }
        }
        return line;
    }

    /** Takes what may be computed of a fill now; returns what is still open then. */
    private int place(Work work, boolean oldest) {
        Fill fill = work.fill();
        Beginning known = fill.done() > 0 ? Beginning.NONE : sharing.beginning(work.group(), fill);
        int open = fill.tokens().length - Math.max(known.length(), fill.done());
        if (fill.done() == 0 && comes(work, known.length())) return open;
        int take = oldest ? (open <= most ? open : half) : others(open);
        if (take == 0 && open > 0) return open;
        Chunk chunk = work.chunk(known, take);
        chunks.add(chunk);
        sharing.head(work.group().policy(), fill.tokens())
                .ifPresent(head -> placed.computeIfAbsent(head, key -> new ArrayList<>())
                        .add(new Placed(fill.tokens(), chunk.to())));
        left -= take;
        return open - take;
    }

    private int others(int open) {
        int room = Math.toIntExact(Math.min(left, most));
        if (open <= room) return open;
        return open > half && room >= half ? room : 0;
    }

    /** Whether a fill of this step will have a longer beginning of it. */
    private boolean comes(Work work, int known) {
        int[] tokens = work.fill().tokens();
        List<Placed> alike =
                sharing.head(work.group().policy(), tokens).map(placed::get).orElse(List.of());
        return alike.stream().anyMatch(other -> sharing.common(tokens, other.tokens(), other.done()) > known);
    }

    private static Chunk longer(Chunk chunk, int by) {
        return new Chunk(chunk.group(), chunk.fill(), chunk.source(), chunk.from(), chunk.to() + by);
    }
}
