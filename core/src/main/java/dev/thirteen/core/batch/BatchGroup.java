package dev.thirteen.core.batch;

import java.util.List;

/**
 * A group as the planner sees it.
 *
 * @param id chosen by the caller
 * @param rows samples that have not ended
 * @param length tokens that its longest row holds after its next step
 * @param longest tokens of a row at its longest
 * @param policy equal for groups that may share keys and values
 * @param fills what its rows need in the cache before they decode
 */
public record BatchGroup(long id, int rows, int length, int longest, Object policy, List<Fill> fills) {
    /**
     * Tokens that one row, or several alike, begin with.
     *
     * @param tokens not to be changed
     * @param done tokens whose keys and values are computed
     */
    public record Fill(int[] tokens, int done) {
        int open() {
            return tokens.length - done;
        }
    }

    /** Whether its rows decode: what they need is in the cache. */
    boolean ready() {
        return fills.stream().allMatch(fill -> fill.open() == 0);
    }

    public BatchGroup {
        fills = List.copyOf(fills);
    }
}
