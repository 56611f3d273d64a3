package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.device.DeviceRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The state of rows on host and device: each a few numbers in one block of memory, copied at once. */
final class RowBuffers implements DeviceRows {
    private static final int BYTES_A_ROW = 4 * 6 + 8 * 2;

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

    @Override
    public void set(int index, Row row) {
        host.set(JAVA_LONG, offset(0) + 8L * index, row.draw().seed());
        host.set(JAVA_LONG, offset(1) + 8L * index, row.draw().stream());
        host.set(JAVA_INT, offset(2) + 4L * index, row.token());
        host.set(JAVA_INT, offset(3) + 4L * index, row.position());
        host.set(JAVA_INT, offset(4) + 4L * index, row.policy());
        host.set(JAVA_FLOAT, offset(5) + 4L * index, row.draw().temperature());
        host.set(JAVA_INT, offset(6) + 4L * index, row.draw().drawn());
        host.set(JAVA_INT, offset(7) + 4L * index, row.place());
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
        MemorySegment structure = arena.allocate(JAVA_LONG, 8);
        int[] order = {2, 3, 4, 5, 0, 1, 6, 7};
        for (int i = 0; i < order.length; i++) structure.setAtIndex(JAVA_LONG, i, device + offset(order[i]));
        return structure;
    }

    void close() {
        driver.free(device);
        driver.freeHost(host);
    }
}
