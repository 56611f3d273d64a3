package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchPlan.Chunk;
import dev.thirteen.core.batch.BatchPlan.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Brings into the cache what rows begin with: copied from rows that begin alike, computed whole or in parts. */
final class PromptWork {
    private final DecodeBatch batch;
    private long shared;
    private long sharedTokens;
    private long computedTokens;

    PromptWork(DecodeBatch batch) {
        this.batch = batch;
    }

    /** @param kept as the planner saw them */
    void compute(List<Chunk> chunks, Map<Long, DecodeGroup> groups, List<KeptRow> kept) {
        if (chunks.isEmpty()) return;
        copyBeginnings(chunks, groups, kept);
        List<PromptFill> whole = new ArrayList<>();
        List<PromptPart> parts = new ArrayList<>();
        List<PromptFill> completed = new ArrayList<>();
        for (Chunk chunk : chunks) {
            PromptFill fill = fill(groups, chunk.group(), chunk.fill());
            computedTokens += chunk.to() - chunk.from();
            if (chunk.from() == 0 && chunk.to() == fill.length()) {
                whole.add(fill);
                continue;
            }
            if (chunk.to() > chunk.from()) parts.add(new PromptPart(fill, chunk.from(), chunk.to()));
            if (chunk.to() == fill.length()) completed.add(fill);
        }
        List<DecodeRow> rows =
                groups.values().stream().flatMap(group -> group.rows().stream()).toList();
        batch.prefill(whole, rows);
        batch.prefillParts(parts, rows);
        PromptBatch.spread(completed, batch::move);
        chunks.forEach(chunk -> fill(groups, chunk.group(), chunk.fill()).done(chunk.to()));
    }

    private void copyBeginnings(List<Chunk> chunks, Map<Long, DecodeGroup> groups, List<KeptRow> kept) {
        List<Chunk> copied =
                chunks.stream().filter(chunk -> chunk.source().isPresent()).toList();
        if (copied.isEmpty()) return;
        int[] source = copied.stream()
                .mapToInt(chunk -> place(chunk.source().orElseThrow(), groups, kept))
                .toArray();
        int[] target = copied.stream()
                .mapToInt(chunk -> fill(groups, chunk.group(), chunk.fill()).place())
                .toArray();
        batch.move(source, target, copied.stream().mapToInt(Chunk::from).max().orElse(0));
        shared += copied.size();
        sharedTokens += copied.stream().mapToLong(Chunk::from).sum();
    }

    private static int place(Source source, Map<Long, DecodeGroup> groups, List<KeptRow> kept) {
        return switch (source) {
            case Source.Kept(int place) -> kept.get(place).place();
            case Source.Running(long group, int fill) ->
                fill(groups, group, fill).place();
        };
    }

    private static PromptFill fill(Map<Long, DecodeGroup> groups, long group, int fill) {
        return Objects.requireNonNull(groups.get(group)).fill(fill);
    }

    /** Prompts whose beginning was copied. */
    long shared() {
        return shared;
    }

    /** Tokens that were copied instead of computed. */
    long sharedTokens() {
        return sharedTokens;
    }

    long computedTokens() {
        return computedTokens;
    }
}
