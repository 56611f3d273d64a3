package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.cuda.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The driver's functions for memory, kernels, streams and graphs, on the context that libtorch uses. */
final class Driver implements StepGraphs.Recorder {
    private static final int CAPTURE_THREAD_LOCAL = 1;
    private static final int EVENT_WITHOUT_TIME = 2;
    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    private static final int MULTIPROCESSORS = 16;
    /** The driver's version since which graphs hold kernels that overlap. */
    private static final int OVERLAP_IN_GRAPHS = 12_030;

    private final NativeLibrary library = NativeLibrary.open(List.of("libcuda.so.1", "libcuda.so"));
    private final Function setContext = library.function("cuCtxSetCurrent", ADDRESS);
    private final Function allocate = library.function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
    private final Function free = library.function("cuMemFree_v2", JAVA_LONG);
    private final Function allocateHost = library.function("cuMemAllocHost_v2", ADDRESS, JAVA_LONG);
    private final Function freeHost = library.function("cuMemFreeHost", ADDRESS);
    private final Function toDevice = library.function("cuMemcpyHtoD_v2", JAVA_LONG, ADDRESS, JAVA_LONG);
    private final Function toDeviceLater =
            library.function("cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    private final Function toHostLater =
            library.function("cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
    private final Function fill = library.function("cuMemsetD8_v2", JAVA_LONG, JAVA_BYTE, JAVA_LONG);
    private final Function synchronize = library.function("cuStreamSynchronize", ADDRESS);
    private final Function moduleLoad = library.function("cuModuleLoadData", ADDRESS, ADDRESS);
    private final Function moduleUnload = library.function("cuModuleUnload", ADDRESS);
    private final Function moduleFunction = library.function("cuModuleGetFunction", ADDRESS, ADDRESS, ADDRESS);
    private final Function beginCapture = library.function("cuStreamBeginCapture_v2", ADDRESS, JAVA_INT);
    private final Function endCapture = library.function("cuStreamEndCapture", ADDRESS, ADDRESS);
    private final Function instantiate = library.function("cuGraphInstantiateWithFlags", ADDRESS, ADDRESS, JAVA_LONG);
    private final Function destroyGraph = library.function("cuGraphDestroy", ADDRESS);
    private final Function destroyExecutable = library.function("cuGraphExecDestroy", ADDRESS);
    private final Function launchGraph = library.function("cuGraphLaunch", ADDRESS, ADDRESS);
    private final Function attribute = library.function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
    private final Function recordEvent = library.function("cuEventRecord", ADDRESS, ADDRESS);
    private final Function awaitEvent = library.function("cuEventSynchronize", ADDRESS);
    private final Function destroyEvent = library.function("cuEventDestroy_v2", ADDRESS);
    private final Function destroyStream = library.function("cuStreamDestroy_v2", ADDRESS);
    /** Memory and modules, each with what gives it back. */
    private final Map<Object, Runnable> owned = new ConcurrentHashMap<>();

    private final MemorySegment context;
    private final MemorySegment stream;
    private final Launches launches;
    private final int device;

    Driver() {
        library.function("cuInit", JAVA_INT).call(0);
        this.device = 0;
        this.context = pointer(out ->
                library.function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT).call(out, device));
        enter();
        // A blocking stream: it waits for what libtorch has put on the default one, and that for it.
        this.stream = pointer(
                out -> library.function("cuStreamCreate", ADDRESS, JAVA_INT).call(out, 0));
        this.launches =
                new Launches(library, stream, attribute(CAPABILITY_MAJOR) >= 9 && version() >= OVERLAP_IN_GRAPHS);
    }

    private int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            library.function("cuDriverGetVersion", ADDRESS).call(out);
            return out.get(JAVA_INT, 0);
        }
    }

    /** Something that writes a pointer. */
    private interface PointerOut {
        void into(MemorySegment out);
    }

    private static MemorySegment pointer(PointerOut call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call.into(out);
            return out.get(ADDRESS, 0);
        }
    }

    /** Makes the calling thread work on the device. */
    void enter() {
        setContext.call(context);
    }

    MemorySegment stream() {
        return stream;
    }

    /** Compute capability as in "90". */
    String architecture() {
        return "" + attribute(CAPABILITY_MAJOR) + attribute(CAPABILITY_MINOR);
    }

    int multiprocessors() {
        return attribute(MULTIPROCESSORS);
    }

    private int attribute(int which) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            attribute.call(out, which, device);
            return out.get(JAVA_INT, 0);
        }
    }

    /** Bytes of device memory that nobody has taken, libtorch or other processes. */
    long freeBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            library.function("cuMemGetInfo_v2", ADDRESS, ADDRESS).call(free, total);
            return free.get(JAVA_LONG, 0);
        }
    }

    /** Device memory, zeroed. */
    long allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            allocate.call(out, bytes);
            long address = out.get(JAVA_LONG, 0);
            owned.put(address, () -> free.call(address));
            fill.call(address, (byte) 0, bytes);
            return address;
        }
    }

    void free(long address) {
        giveBack(address);
    }

    private void giveBack(Object one) {
        Runnable way = owned.remove(one);
        if (way != null) way.run();
    }

    /** Host memory that copies reach without a detour. */
    MemorySegment allocateHost(long bytes) {
        MemorySegment memory = pointer(out -> allocateHost.call(out, bytes)).reinterpret(bytes);
        owned.put(memory, () -> freeHost.call(memory));
        return memory;
    }

    void freeHost(MemorySegment memory) {
        giveBack(memory);
    }

    /** Copies now; the source may be of the heap. */
    void copyNow(long target, MemorySegment source) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = arena.allocate(source.byteSize(), 16).copyFrom(source);
            toDevice.call(target, own, own.byteSize());
        }
    }

    void copy(long target, MemorySegment pinned, long bytes) {
        toDeviceLater.call(target, pinned, bytes, stream);
    }

    void copy(MemorySegment pinned, long source, long bytes) {
        toHostLater.call(pinned, source, bytes, stream);
    }

    /** Something that can be waited for. */
    MemorySegment event() {
        return pointer(
                out -> library.function("cuEventCreate", ADDRESS, JAVA_INT).call(out, EVENT_WITHOUT_TIME));
    }

    /** The event comes when all that the stream has to do now is done. */
    void record(MemorySegment event) {
        recordEvent.call(event, stream);
    }

    void await(MemorySegment event) {
        awaitEvent.call(event);
    }

    void destroyEvent(MemorySegment event) {
        destroyEvent.call(event);
    }

    /** Waits for all that the stream has to do. */
    void await() {
        synchronize.call(stream);
    }

    MemorySegment load(MemorySegment image) {
        MemorySegment module = pointer(out -> moduleLoad.call(out, image));
        owned.put(module, () -> moduleUnload.call(module));
        return module;
    }

    void unload(MemorySegment module) {
        giveBack(module);
    }

    MemorySegment function(MemorySegment module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return pointer(out -> moduleFunction.call(out, module, text));
        }
    }

    /** How kernels come onto the stream. */
    Launches launches() {
        return launches;
    }

    /** What the work puts on the stream, as a graph that can be launched again and again. */
    @Override
    public MemorySegment capture(Runnable work) {
        beginCapture.call(stream, CAPTURE_THREAD_LOCAL);
        MemorySegment graph;
        try {
            work.run();
        } finally {
            graph = pointer(out -> endCapture.call(stream, out));
        }
        try {
            return pointer(out -> instantiate.call(out, graph, 0L));
        } finally {
            destroyGraph.call(graph);
        }
    }

    @Override
    public void replay(MemorySegment executable) {
        launchGraph.call(executable, stream);
    }

    @Override
    public void destroy(MemorySegment executable) {
        destroyExecutable.call(executable);
    }

    /** Gives back all that is left, too: kernels whose making failed half-way have no other owner. */
    void close() {
        owned.keySet().forEach(this::giveBack);
        destroyStream.call(stream);
    }
}
