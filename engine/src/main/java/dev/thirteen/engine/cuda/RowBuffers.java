package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The state of rows on host and device: eight numbers a row in one block of memory, copied at once. */
public final class RowBuffers {
    private static final int BYTES_A_ROW = 4 * 5 + 8 * 2;

    private final Driver driver;
    private final int rows;
    private final MemorySegment host;
    private final long device;

    RowBuffers(Driver driver, int rows) {
        this.driver = driver;
        this.rows = rows;
        this.host = driver.allocateHost((long) rows * BYTES_A_ROW);
        this.device = driver.allocate((long) rows * BYTES_A_ROW);
    }

    /** Seeds and streams come first: they are the widest. */
    private long offset(int array) {
        return array < 2 ? 8L * array * rows : (16L + 4L * (array - 2)) * rows;
    }

    /**
     * Sets a row.
     *
     * @param position of the token that is read; negative for a row that is not there
     * @param policy number of its R; negative for the base alone
     * @param drawn tokens drawn before
     */
    public void set(
            int row, int token, int position, int policy, float temperature, long seed, long stream, int drawn) {
        host.set(JAVA_LONG, offset(0) + 8L * row, seed);
        host.set(JAVA_LONG, offset(1) + 8L * row, stream);
        host.set(JAVA_INT, offset(2) + 4L * row, token);
        host.set(JAVA_INT, offset(3) + 4L * row, position);
        host.set(JAVA_INT, offset(4) + 4L * row, policy);
        host.set(JAVA_FLOAT, offset(5) + 4L * row, temperature);
        host.set(JAVA_INT, offset(6) + 4L * row, drawn);
    }

    /** Rows from here to the end of a graph's size are not there. */
    void clear(int from, int to) {
        for (int row = from; row < to; row++) host.set(JAVA_INT, offset(3) + 4L * row, -1);
    }

    void send() {
        driver.copy(device, host, (long) rows * BYTES_A_ROW);
    }

    /** The structure Rows of kernels.cu. */
    MemorySegment structure(Arena arena) {
        MemorySegment structure = arena.allocate(JAVA_LONG, 7);
        int[] order = {2, 3, 4, 5, 0, 1, 6};
        for (int i = 0; i < order.length; i++) structure.setAtIndex(JAVA_LONG, i, device + offset(order[i]));
        return structure;
    }

    void close() {
        driver.free(device);
        driver.freeHost(host);
    }
}
