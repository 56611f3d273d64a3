package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Parts of beginnings that are computed in one call, padded on the right to one length. */
final class PartBatch {
    private final List<PromptPart> parts;
    /** Padded tokens of each part. */
    private final int time;
    /** Tokens that attention covers. */
    private final int length;

    private PartBatch(List<PromptPart> parts) {
        this.parts = List.copyOf(parts);
        this.time = parts.stream().mapToInt(PromptPart::tokens).max().orElse(0);
        this.length = parts.stream().mapToInt(PromptPart::to).max().orElse(0);
    }

    /**
     * Batches of at most this many padded tokens and cells (padded tokens times what they attend to), one part at least. A
     * part that is larger is cut, and its pieces follow each other.
     */
    static List<PartBatch> cut(List<PromptPart> parts, int tokens, long cells) {
        List<PartBatch> batches = new ArrayList<>();
        List<PromptPart> open = new ArrayList<>();
        for (PromptPart whole : parts) {
            for (PromptPart part : whole.pieces(tokens, cells)) {
                PartBatch more = with(open, part);
                boolean follows = part.from() > whole.from();
                boolean full = more.tokens() > tokens || more.tokens() * more.length > cells;
                if (!open.isEmpty() && (follows || full)) {
                    batches.add(new PartBatch(open));
                    open.clear();
                }
                open.add(part);
            }
        }
        if (!open.isEmpty()) batches.add(new PartBatch(open));
        return batches;
    }

    private static PartBatch with(List<PromptPart> open, PromptPart part) {
        List<PromptPart> more = new ArrayList<>(open);
        more.add(part);
        return new PartBatch(more);
    }

    private long tokens() {
        return (long) parts.size() * time;
    }

    List<PromptPart> parts() {
        return parts;
    }

    int length() {
        return length;
    }

    Collection<Policy> distinctPolicies() {
        return parts.stream().map(part -> part.fill().policy()).distinct().toList();
    }

    /** [parts, time] */
    PtNDArray ids(PtNDManager scope) {
        long[] ids = new long[parts.size() * time];
        for (int p = 0; p < parts.size(); p++) {
            PromptPart part = parts.get(p);
            for (int t = 0; t < part.tokens(); t++)
                ids[p * time + t] = part.fill().tokens()[part.from() + t];
        }
        return Torch.of(scope, ids, parts.size(), time);
    }

    /** [3, parts]: position of the first token, row of the cache, policy. */
    PtNDArray starts(PtNDManager scope, BatchAdapters adapters) {
        int n = parts.size();
        long[] starts = new long[3 * n];
        for (int p = 0; p < n; p++) {
            starts[p] = parts.get(p).from();
            starts[n + p] = parts.get(p).fill().place();
            starts[2 * n + p] = adapters.number(parts.get(p).fill().policy());
        }
        return Torch.of(scope, starts, 3, n);
    }

    /** [2, tokens]: places in the batch that are no padding, and where their keys go, as prefill_chunk.py says. */
    PtNDArray taken(PtNDManager scope, int capacity, int heads) {
        int count = parts.stream().mapToInt(PromptPart::tokens).sum();
        long[] taken = new long[2 * count];
        int at = 0;
        for (int p = 0; p < parts.size(); p++) {
            PromptPart part = parts.get(p);
            long row = (long) part.fill().place() * heads * capacity;
            for (int t = 0; t < part.tokens(); t++) {
                taken[at] = (long) p * time + t;
                taken[count + at++] = row + part.from() + t;
            }
        }
        return Torch.of(scope, taken, 2, count);
    }
}
