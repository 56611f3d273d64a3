package dev.thirteen.engine.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.FallbackLog;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.Random;

/**
 * libtorch's product of two small matrices of bf16 on the thread that calls (oneDNN's "brgemm", arXiv 1906.06440), with sums in
 * fp32. It uses what the processor has for bf16. A kernel is made when a thread first asks for a shape, so shapes should be
 * few. Shared by threads.
 */
public final class Brgemm {
    /** at::native::cpublas::brgemm(M, N, K, lda, ldb, ldc, add, A, B, C, pairs). */
    private static final String FUNCTION = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";

    /** Of an element: with fp32 sums both ways differ in their order alone. */
    private static final double TOLERANCE = 1e-3;

    /** at::native::cpublas::brgemm_release(pairs). */
    private static final String RELEASE = "_ZN2at6native7cpublas14brgemm_releaseEb";

    private final MethodHandle function;
    private final MethodHandle release;
    private final boolean paired;

    private Brgemm(MethodHandle function, MethodHandle release, boolean paired) {
        this.function = function;
        this.release = release;
        this.paired = paired;
    }

    /**
     * The function of the libtorch that is loaded; empty, and said in the log, where it has none or where a first product is
     * wrong. Pairs are asked for where the processor multiplies tiles: libtorch ends the process when it is asked for them and has
     * no kernel. Without them it takes slower ways, which serve to compare.
     */
    public static Optional<Brgemm> find() {
        boolean paired = Processor.multipliesTiles();
        if (paired && limited()) return none("the environment limits oneDNN to other kernels");
        Optional<MethodHandle> function = function(
                FUNCTION,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_BOOLEAN,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_BOOLEAN);
        Optional<MethodHandle> release = function(RELEASE, JAVA_BOOLEAN);
        if (function.isEmpty() || release.isEmpty()) return none("libtorch has no kernels for one thread");
        Brgemm kernels = new Brgemm(function.get(), release.get(), paired);
        return kernels.isRight() ? Optional.of(kernels) : none("libtorch's kernels give other numbers than the loops");
    }

    private static Optional<Brgemm> none(String why) {
        FallbackLog.say("products of bf16 by other ways", why);
        return Optional.empty();
    }

    /** oneDNN's own switch: below kernels of bf16 it would end the process. */
    private static boolean limited() {
        return System.getenv("ONEDNN_MAX_CPU_ISA") != null || System.getenv("DNNL_MAX_CPU_ISA") != null;
    }

    private static Optional<MethodHandle> function(String symbol, MemoryLayout... parameters) {
        try {
            return SymbolLookup.libraryLookup("libtorch_cpu.so", Arena.global())
                    .find(symbol)
                    .map(found -> Linker.nativeLinker()
                            .downcallHandle(
                                    found, FunctionDescriptor.ofVoid(parameters), Linker.Option.critical(true)));
        } catch (IllegalArgumentException notLoaded) {
            return Optional.empty();
        }
    }

    /** Where W[output, k] stands in a strip of some columns. */
    int place(int k, int output, int columns) {
        return paired ? (k / 2 * columns + output) * 2 + k % 2 : k * columns + output;
    }

    /** Whether rows of so many inputs can be multiplied. */
    boolean takes(int depth) {
        return depth % 2 == 0;
    }

    /**
     * y = x W.
     *
     * @param x bf16 [rows, depth], on the heap or off it
     * @param strip bf16 in the order of {@link #place}
     * @param y fp32, rows of {@code stride}
     */
    void multiply(int rows, int columns, int depth, MemorySegment x, MemorySegment strip, MemorySegment y, int stride) {
        try {
            function.invokeExact(
                    (long) rows,
                    (long) columns,
                    (long) depth,
                    (long) depth,
                    (long) columns,
                    (long) stride,
                    false,
                    x,
                    strip,
                    y,
                    paired);
        } catch (Throwable e) {
            throw new Failure(Failure.Kind.BUG, "libtorch's product cannot be called: " + e, e);
        }
    }

    /** Frees what a thread's last product holds of the processor; to be called before the thread does anything else. */
    void release() {
        try {
            release.invokeExact(paired);
        } catch (Throwable e) {
            throw new Failure(Failure.Kind.BUG, "libtorch's product cannot be ended: " + e, e);
        }
    }

    /** Some products against those by hand: of whole tiles and of less. */
    private boolean isRight() {
        return isRight(24, 128) && isRight(8, 96);
    }

    private boolean isRight(int rows, int depth) {
        int columns = Lanes.PAIR;
        Random random = new Random(1);
        float[] x = new float[rows * depth];
        float[] w = new float[columns * depth];
        short[] bits = new short[x.length];
        short[] weights = new short[w.length];
        float[] y = new float[rows * columns];
        for (int i = 0; i < x.length; i++) x[i] = number(random, bits, i);
        for (int k = 0; k < depth; k++) {
            for (int o = 0; o < columns; o++) w[o * depth + k] = number(random, weights, place(k, o, columns));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment strip = arena.allocateFrom(ValueLayout.JAVA_SHORT, weights);
            multiply(rows, columns, depth, MemorySegment.ofArray(bits), strip, MemorySegment.ofArray(y), columns);
        } finally {
            release();
        }
        for (int i = 0; i < y.length; i++) {
            double sum = 0;
            for (int k = 0; k < depth; k++) sum += (double) x[i / columns * depth + k] * w[i % columns * depth + k];
            if (!(Math.abs(sum - y[i]) < TOLERANCE)) return false;
        }
        return true;
    }

    /** A number of bf16 between -1 and 1, whose bits are put. */
    private static float number(Random random, short[] bits, int at) {
        int word = Float.floatToRawIntBits(random.nextFloat(-1, 1)) & 0xFFFF0000;
        bits[at] = (short) (word >>> 16);
        return Float.intBitsToFloat(word);
    }
}
