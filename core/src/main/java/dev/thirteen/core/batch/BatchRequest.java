package dev.thirteen.core.batch;

/**
 * A group that wants to decode.
 *
 * @param rows samples of the group
 * @param length tokens of a row at its longest: prompt and new tokens
 */
public record BatchRequest(int rows, long length) {
    public BatchRequest {
        if (rows < 1 || length < 1) throw new IllegalArgumentException("rows %d, length %d".formatted(rows, length));
    }

    /** Tokens that the group holds at its longest. */
    public long tokens() {
        return rows * length;
    }
}
