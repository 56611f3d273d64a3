package dev.thirteen.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.cpu.Processor;
import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.Owning;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** libtorch in this process: started on first use. */
final class Torch {
    /** "cpu" keeps the engine off a GPU that is there; anything else takes the first one. */
    private static final String DEVICE = "thirteen.engine.device";

    /** About 50 microseconds, as libgomp has it where it knows of more threads than processors. */
    private static final String SPINS = "1000";

    private static final Engine ENGINE = start();
    private static final Device DEFAULT =
            "cpu".equals(System.getProperty(DEVICE)) || ENGINE.getGpuCount() == 0 ? Device.cpu() : Device.gpu();
    private static final PtNDManager MANAGER = (PtNDManager) ENGINE.newBaseManager(DEFAULT);

    private static final ThreadLocal<Integer> THREADS = ThreadLocal.withInitial(() -> 0);
    private static volatile int configuredThreads = Runtime.getRuntime().availableProcessors();

    static {
        // The profiling executor recompiles programs at run time and gains nothing here.
        JniUtils.setGraphExecutorOptimize(false);
        if (DEFAULT.isGpu()) Accelerator.find().environment().forEach(ProcessEnvironment::setDefault);
    }

    private Torch() {}

    /**
     * libgomp reads its settings when it is loaded. Left to itself it lets threads spin for some ten milliseconds where they
     * wait for each other, longer than a processor's time slice: two engines on the same processors then hold each other up.
     */
    private static Engine start() {
        if (System.getenv("OMP_WAIT_POLICY") == null) ProcessEnvironment.setDefault("GOMP_SPINCOUNT", SPINS);
        return Engine.getEngine("PyTorch");
    }

    /** The root of all native memory; tensors belong to managers below it. */
    static PtNDManager manager() {
        return MANAGER;
    }

    /** A manager of its own on the engine's device; closing it frees what it holds. */
    static PtNDManager newManager() {
        return child(MANAGER);
    }

    /** A manager of its own on a device. */
    static PtNDManager newManager(Device device) {
        return (PtNDManager) MANAGER.newSubManager(device);
    }

    /** The device that everything is on unless it is placed elsewhere. */
    static Device device() {
        return DEFAULT;
    }

    /**
     * The first devices of this host, the engine's own before the others. A processor counts as any number of them, whose
     * memory is one.
     *
     * @throws Failure CALLER when there are fewer
     */
    static List<Device> devices(int count) {
        if (!onGpu()) return Collections.nCopies(count, DEFAULT);
        if (count > ENGINE.getGpuCount()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "room is given for %d devices, this host has %d".formatted(count, ENGINE.getGpuCount()));
        }
        return IntStream.range(0, count).mapToObj(Device::gpu).toList();
    }

    static PtNDManager child(NDManager parent) {
        return (PtNDManager) parent.newSubManager();
    }

    static boolean onGpu() {
        return DEFAULT.isGpu();
    }

    static String version() {
        return ENGINE.getVersion();
    }

    /** Threads that libtorch computes with, unless a call asks for one; 0 means all processors. */
    static void threads(int threads) {
        configuredThreads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        use(configuredThreads);
    }

    /** Threads that computing takes. */
    static int configuredThreads() {
        return configuredThreads;
    }

    /** Lets what the caller computes from now on use one thread, or as many as are configured. */
    static void oneThread(boolean one) {
        use(one ? 1 : configuredThreads);
    }

    /** Leaves one processor to a thread that works beside the caller: libtorch's would wait for it, spinning. */
    static void leaveOneProcessor() {
        use(Math.max(1, configuredThreads - 1));
    }

    /** What owns a new manager, which is closed where making it fails. */
    static <T> T owning(Function<PtNDManager, T> maker) {
        return Owning.of(newManager(), PtNDManager::close, maker);
    }

    /** libtorch keeps the number by calling thread; setting it drops caches, so it is set only when it changes. */
    private static void use(int threads) {
        if (threads == THREADS.get()) return;
        JniUtils.setNumThreads(threads);
        THREADS.set(threads);
    }

    static PtNDArray of(PtNDManager manager, float[] numbers, long... shape) {
        return manager.create(FloatBuffer.wrap(numbers), new Shape(shape), DataType.FLOAT32);
    }

    static PtNDArray of(PtNDManager manager, int[] numbers, long... shape) {
        return manager.create(IntBuffer.wrap(numbers), new Shape(shape), DataType.INT32);
    }

    static PtNDArray of(PtNDManager manager, long[] numbers, long... shape) {
        return manager.create(LongBuffer.wrap(numbers), new Shape(shape), DataType.INT64);
    }

    /** Small numbers that programs read as scalars stay off the GPU: reading them there would wait for it. */
    static PtNDArray cpu(PtNDManager manager, long... numbers) {
        return JniUtils.createNdFromByteBuffer(
                manager, direct(numbers), new Shape(numbers.length), DataType.INT64, SparseFormat.DENSE, Device.cpu());
    }

    private static ByteBuffer direct(long[] numbers) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(8 * numbers.length).order(ByteOrder.nativeOrder());
        buffer.asLongBuffer().put(numbers);
        return buffer;
    }

    static PtNDArray cpu(PtNDManager manager, double... numbers) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(8 * numbers.length).order(ByteOrder.nativeOrder());
        buffer.asDoubleBuffer().put(numbers);
        return JniUtils.createNdFromByteBuffer(
                manager, buffer, new Shape(numbers.length), DataType.FLOAT64, SparseFormat.DENSE, Device.cpu());
    }

    static PtNDArray of(PtNDManager manager, double[] numbers, long... shape) {
        return manager.create(DoubleBuffer.wrap(numbers), new Shape(shape), DataType.FLOAT64);
    }

    /** Whether this machine multiplies bf16 in hardware; elsewhere bf16 is slower than fp32. */
    static boolean multipliesBf16() {
        return onGpu() || Processor.multipliesBf16();
    }

    /** The memory of a direct buffer, for a program that reads it as another type; on a processor nothing is copied. */
    static PtNDArray of(PtNDManager manager, ByteBuffer bytes) {
        return manager.create(bytes, new Shape(bytes.remaining()), DataType.UINT8);
    }
}
