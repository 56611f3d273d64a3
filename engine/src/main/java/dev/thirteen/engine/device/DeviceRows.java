package dev.thirteen.engine.device;

/** The rows or tokens of the next piece of work, to be filled. */
public interface DeviceRows {
    /**
     * Where a row is.
     *
     * @param token that is read next
     * @param position of that token; negative for a row that is not there
     * @param policy number of its R; negative for the base alone
     * @param draw what the next token is drawn by
     * @param place row of the cache
     */
    record Row(int token, int position, int policy, Draw draw, int place) {}

    /**
     * A draw: the number at {@code drawn} of the stream, at a temperature; 0 is greedy.
     *
     * @param drawn tokens drawn before
     */
    record Draw(float temperature, long seed, long stream, int drawn) {
        /** Where nothing is drawn. */
        public static final Draw NONE = new Draw(0, 0, 0, 0);
    }

    /** Sets a row. */
    void set(int index, Row row);
}
