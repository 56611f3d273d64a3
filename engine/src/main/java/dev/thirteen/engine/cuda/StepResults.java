package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** What a step drew, on its way to the host. */
final class StepResults {
    private final Driver driver;
    private final MemorySegment host;
    private final MemorySegment arrived;
    private int size;

    StepResults(Driver driver, int maxRows) {
        this.driver = driver;
        this.host = driver.allocateHost(12L * maxRows);
        this.arrived = driver.event();
    }

    /** Has them copied as soon as the stream comes to it. */
    void fetch(long device, int rows) {
        size = rows;
        driver.copy(host, device, 12L * rows);
        driver.record(arrived);
    }

    /** Waits; [3, count] of token, log-prob, raw log-prob. */
    double[] take(int count) {
        driver.await(arrived);
        double[] drawn = new double[3 * count];
        for (int i = 0; i < count; i++) {
            drawn[i] = host.get(JAVA_INT, 4L * i);
            drawn[count + i] = host.get(JAVA_FLOAT, 4L * (size + i));
            drawn[2 * count + i] = host.get(JAVA_FLOAT, 4L * (2 * size + i));
        }
        return drawn;
    }

    void close() {
        driver.destroyEvent(arrived);
        driver.freeHost(host);
    }
}
