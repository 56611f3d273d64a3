package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceAdapter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One adapter on the device: A behind the rows of the weights, B beside them, and R of each policy. */
final class AdapterMemory {
    private final Driver driver;
    private final DecoderShape shape;
    private final DecoderAddresses addresses;
    private final List<Long> factors = new ArrayList<>();
    private int rank = 1;
    private int policies = 1;
    private long cores;

    AdapterMemory(Driver driver, DecoderShape shape, DecoderAddresses addresses) {
        this.driver = driver;
        this.shape = shape;
        this.addresses = addresses;
        for (int i = 0; i < 4 * shape.layers(); i++) factors.add(driver.allocate(2L * shape.out(i % 4)));
        this.cores = driver.allocate(coreBytes());
    }

    private long coreBytes() {
        return 4L * policies * shape.coreNumbers(rank);
    }

    int rank() {
        return rank;
    }

    /** Takes the place of the adapter before; all R are forgotten. */
    void set(DeviceAdapter adapter) {
        rank = adapter.rank();
        resize(policies);
        for (int i = 0; i < 4 * shape.layers(); i++) {
            int in = shape.in(i % 4);
            short[] filled = Arrays.copyOf(adapter.a()[i], DecoderShape.extra(rank) * in);
            driver.copyNow(addresses.matrix(i) + 2L * shape.out(i % 4) * in, MemorySegment.ofArray(filled));
            driver.free(factors.get(i));
            factors.set(i, driver.allocate(2L * adapter.b()[i].length));
            driver.copyNow(factors.get(i), MemorySegment.ofArray(adapter.b()[i]));
        }
    }

    /** Room for the R of this many policies; those that are there are forgotten. */
    void resize(int wanted) {
        policies = wanted;
        driver.free(cores);
        cores = driver.allocate(coreBytes());
    }

    /** Sets R of a policy: [layers, 7 modules, rank, rank] fp32. */
    void core(int policy, float[] numbers) {
        int each = shape.coreNumbers(rank);
        if (numbers.length != each) throw new IllegalArgumentException(numbers.length + " numbers");
        driver.copyNow(cores + 4L * policy * each, MemorySegment.ofArray(numbers));
    }

    /** The structure Adapter of kernels.cu for one fused linear. */
    MemorySegment structure(Arena arena, int layer, int kind) {
        MemorySegment structure = arena.allocate(24, 8);
        structure.set(JAVA_LONG, 0, cores);
        structure.set(JAVA_LONG, 8, factors.get(4 * layer + kind));
        structure.set(JAVA_INT, 16, layer);
        structure.set(JAVA_INT, 20, shape.layers());
        return structure;
    }

    void close() {
        factors.forEach(driver::free);
        driver.free(cores);
    }
}
