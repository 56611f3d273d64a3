package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.cuda.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Matrix products in bf16 with sums in fp32, on the driver's stream. */
final class Cublas implements AutoCloseable {
    private static final int BF16 = 14;
    private static final int COMPUTE_FP32 = 68;
    private static final int DEFAULT_ALGORITHM = -1;
    private static final int TRANSPOSED = 1;
    private static final int PLAIN = 0;
    /** What Hopper's kernels ask for. */
    private static final long WORKSPACE_BYTES = 64L << 20;

    private final Arena arena = Arena.ofShared();
    private final Driver driver;
    private final Function multiply;
    private final Function destroy;
    private final MemorySegment handle;
    private final MemorySegment one;
    private final MemorySegment zero;
    private final long workspace;

    Cublas(Driver driver) {
        this.driver = driver;
        NativeLibrary library = NativeLibrary.open(List.of("libcublas.so.13", "libcublas.so.12", "libcublas.so"));
        this.multiply = library.function(
                "cublasGemmEx",
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT);
        this.destroy = library.function("cublasDestroy_v2", ADDRESS);
        MemorySegment slot = arena.allocate(ADDRESS);
        library.function("cublasCreate_v2", ADDRESS).call(slot);
        this.handle = slot.get(ADDRESS, 0);
        this.one = arena.allocateFrom(JAVA_FLOAT, 1);
        this.zero = arena.allocateFrom(JAVA_FLOAT, 0);
        library.function("cublasSetStream_v2", ADDRESS, ADDRESS).call(handle, driver.stream());
        this.workspace = driver.allocate(WORKSPACE_BYTES);
        library.function("cublasSetWorkspace_v2", ADDRESS, JAVA_LONG, JAVA_LONG)
                .call(handle, workspace, WORKSPACE_BYTES);
    }

    /** y [rows, out] = x [rows, in] wᵀ with w [out, in], all row-major bf16. */
    void linear(TunedProducts.Shape of, long x, long w, long y) {
        multiply.call(
                handle,
                TRANSPOSED,
                PLAIN,
                of.out(),
                of.rows(),
                of.in(),
                one,
                w,
                BF16,
                of.in(),
                x,
                BF16,
                of.in(),
                zero,
                y,
                BF16,
                of.stride(),
                COMPUTE_FP32,
                DEFAULT_ALGORITHM);
    }

    /** dx [rows, in] = dy [rows, out] w with w [out, in], all row-major bf16; the stride is dy's. */
    void back(TunedProducts.Shape of, long dy, long w, long dx) {
        multiply.call(
                handle,
                PLAIN,
                PLAIN,
                of.in(),
                of.rows(),
                of.out(),
                one,
                w,
                BF16,
                of.in(),
                dy,
                BF16,
                of.stride(),
                zero,
                dx,
                BF16,
                of.in(),
                COMPUTE_FP32,
                DEFAULT_ALGORITHM);
    }

    @Override
    public void close() {
        destroy.call(handle);
        driver.free(workspace);
        arena.close();
    }
}
