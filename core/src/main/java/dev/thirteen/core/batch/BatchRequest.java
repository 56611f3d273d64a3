package dev.thirteen.core.batch;

/**
 * A group that wants to decode.
 *
 * @param id chosen by the caller
 * @param rows samples of the group
 * @param tokens tokens that it holds at its longest: rows times (prompt and new tokens)
 */
public record BatchRequest(long id, int rows, long tokens) {
    public BatchRequest {
        if (rows < 1 || tokens < 1) throw new IllegalArgumentException("rows %d, tokens %d".formatted(rows, tokens));
    }

    /** Tokens of one row at its longest. */
    public long length() {
        return Math.ceilDiv(tokens, (long) rows);
    }
}
