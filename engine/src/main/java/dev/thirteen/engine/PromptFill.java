package dev.thirteen.engine;

import dev.thirteen.core.batch.BatchGroup;
import java.util.List;

/** Tokens that rows begin with, computed once for all of them. */
final class PromptFill {
    private final Policy policy;
    private final List<DecodeRow> rows;
    private final int[] tokens;
    private int done;

    /** @param rows of one group */
    PromptFill(List<DecodeRow> rows) {
        this.policy = rows.getFirst().group().policy();
        this.rows = List.copyOf(rows);
        this.tokens = rows.getFirst().before();
    }

    Policy policy() {
        return policy;
    }

    List<DecodeRow> rows() {
        return rows;
    }

    /** Not to be changed. */
    int[] tokens() {
        return tokens;
    }

    int length() {
        return tokens.length;
    }

    /** Whether rows need nothing more. */
    boolean complete() {
        return done == tokens.length;
    }

    /** The place of a row that holds what is done. */
    int place() {
        for (DecodeRow row : rows) if (row.place() != CacheRow.NOWHERE) return row.place();
        throw new IllegalStateException("all rows have ended");
    }

    /** Tells that the first row holds this many tokens, and all rows hold them when there are no more. */
    void done(int tokensDone) {
        done = tokensDone;
        rows.getFirst().held(done);
        if (complete()) rows.forEach(row -> row.held(done));
    }

    BatchGroup.Fill planned() {
        return new BatchGroup.Fill(tokens, done);
    }
}
