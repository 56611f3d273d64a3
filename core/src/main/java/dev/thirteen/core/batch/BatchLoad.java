package dev.thirteen.core.batch;

import java.util.List;

/**
 * What groups take of the cache together.
 *
 * @param length tokens that the longest row holds after its next step
 * @param promised tokens that every row gets room for, so that the cache keeps its shape for a while
 */
public record BatchLoad(BatchLimits limits, long rows, int length, int promised) {
    /** Room that a group gets beyond what it holds, in tokens, at the least. */
    private static final int MARGIN = 64;
    /** And as a part of what it may still draw: few answers are as long as they may be. */
    private static final int PART = 4;

    BatchLoad(BatchLimits limits, List<BatchGroup> groups) {
        this(
                limits,
                groups.stream().mapToLong(BatchGroup::rows).sum(),
                groups.stream().mapToInt(BatchGroup::length).max().orElse(0),
                groups.stream().mapToInt(group -> promised(limits, group)).max().orElse(0));
    }

    private static int promised(BatchLimits limits, BatchGroup group) {
        if (limits.alone()) return group.longest();
        int open = group.longest() - group.length();
        return group.length() + Math.min(open, Math.max(MARGIN, open / PART));
    }

    BatchLoad with(BatchGroup group) {
        return new BatchLoad(
                limits,
                rows + group.rows(),
                Math.max(length, group.length()),
                Math.max(promised, promised(limits, group)));
    }

    /** Whether all of it may start. */
    boolean fits() {
        return rows <= limits.maxRows() && rows * promised <= limits.maxTokens();
    }

    /** Whether there is room for the next token. */
    boolean fitsNow() {
        return rows * length <= limits.maxTokens();
    }
}
