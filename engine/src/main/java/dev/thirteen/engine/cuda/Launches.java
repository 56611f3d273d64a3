package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.engine.cuda.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Puts kernels on a stream, one after the other or overlapping. */
final class Launches {
    /** CUlaunchConfig: grid and block in three dimensions, shared memory, stream, attributes and their number. */
    private static final int CONFIG_BYTES = 56;
    /** CUlaunchAttribute: an identifier and, eight bytes behind it, a union of 64 bytes. */
    private static final int ATTRIBUTE_BYTES = 72;

    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    private final MemorySegment stream;
    private final boolean canOverlap;
    private final Function launch;
    private boolean overlapping;

    /** @param canOverlap whether the device and its driver know programmatic dependent launch, in graphs too */
    Launches(NativeLibrary library, MemorySegment stream, boolean canOverlap) {
        this.stream = stream;
        this.canOverlap = canOverlap;
        this.launch = canOverlap
                ? library.function("cuLaunchKernelEx", ADDRESS, ADDRESS, ADDRESS, ADDRESS)
                : oneAfterTheOther(library);
    }

    private static Function oneAfterTheOther(NativeLibrary library) {
        return library.function(
                "cuLaunchKernel",
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS);
    }

    /**
     * What the work launches may begin before the kernel ahead of it on the stream has ended: each waits itself, by
     * {@code await_previous} of kernels.cu, before it reads what others write.
     */
    void overlapping(Runnable work) {
        overlapping = canOverlap;
        try {
            work.run();
        } finally {
            overlapping = false;
        }
    }

    /** A kernel; arguments are longs (addresses), ints, floats and structures. */
    void launch(MemorySegment function, int gridX, int gridY, int block, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointers = arena.allocate(ADDRESS, arguments.length);
            for (int i = 0; i < arguments.length; i++) {
                pointers.setAtIndex(ADDRESS, i, value(arena, arguments[i]));
            }
            if (canOverlap) {
                launch.call(config(arena, gridX, gridY, block), function, pointers, MemorySegment.NULL);
            } else {
                launch.call(function, gridX, gridY, 1, block, 1, 1, 0, stream, pointers, MemorySegment.NULL);
            }
        }
    }

    private MemorySegment config(Arena arena, int gridX, int gridY, int block) {
        MemorySegment config = arena.allocate(CONFIG_BYTES, 8);
        int[] sizes = {gridX, gridY, 1, block, 1, 1, 0};
        MemorySegment.copy(sizes, 0, config, JAVA_INT, 0, sizes.length);
        config.set(ADDRESS, 32, stream);
        if (!overlapping) return config;
        MemorySegment attribute = arena.allocate(ATTRIBUTE_BYTES, 8);
        attribute.set(JAVA_INT, 0, PROGRAMMATIC_STREAM_SERIALIZATION);
        attribute.set(JAVA_INT, 8, 1);
        config.set(ADDRESS, 40, attribute);
        config.set(JAVA_INT, 48, 1);
        return config;
    }

    private static MemorySegment value(Arena arena, Object argument) {
        return switch (argument) {
            case Long address -> arena.allocateFrom(JAVA_LONG, address);
            case Float number -> arena.allocateFrom(JAVA_FLOAT, number);
            case Integer number -> arena.allocateFrom(JAVA_INT, number);
            case MemorySegment structure -> structure;
            default -> throw new IllegalArgumentException("a kernel takes no " + argument.getClass());
        };
    }
}
