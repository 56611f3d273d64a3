package dev.thirteen.engine.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Compiles kernels.cu and its fellows for the device at hand, with a model's shape as constants. */
final class Kernels {
    private static final List<String> LIBRARIES =
            List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "libnvrtc-builtins.so");

    /** In this order one text: what comes first is used by what follows. */
    private static final List<String> SOURCES =
            List.of("kernels.cu", "attention.cu", "draw.cu", "thin.cu", "gradient.cu");

    private static final Map<String, byte[]> COMPILED = new ConcurrentHashMap<>();

    private Kernels() {}

    /** The binary of the kernels; compiled once a process for one device and one model's shape. */
    static MemorySegment compile(Arena arena, String architecture, Map<String, Object> constants) {
        byte[] image = COMPILED.computeIfAbsent(architecture + constants, key -> compile(architecture, constants));
        MemorySegment copy = arena.allocate(image.length, 16);
        return copy.copyFrom(MemorySegment.ofArray(image));
    }

    private static byte[] compile(String architecture, Map<String, Object> constants) {
        try (Arena arena = Arena.ofConfined()) {
            return compiled(arena, architecture, constants).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static MemorySegment compiled(Arena arena, String architecture, Map<String, Object> constants) {
        NativeLibrary library = NativeLibrary.open(LIBRARIES.subList(0, 3));
        MemorySegment slot = arena.allocate(ADDRESS);
        MemorySegment source =
                arena.allocateFrom(SOURCES.stream().map(Kernels::source).collect(Collectors.joining()));
        library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS)
                .call(slot, source, arena.allocateFrom("kernels.cu"), 0, MemorySegment.NULL, MemorySegment.NULL);
        MemorySegment program = slot.get(ADDRESS, 0);
        // What is smaller than any normal number of fp32 is zero: a power of e is then one instruction.
        List<String> options =
                new ArrayList<>(List.of("--gpu-architecture=sm_" + architecture, "--std=c++17", "--ftz=true"));
        constants.forEach((name, value) -> options.add("-D" + name + "=" + value));
        MemorySegment texts = arena.allocate(ADDRESS, options.size());
        for (int i = 0; i < options.size(); i++) texts.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
        try {
            library.function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS).call(program, options.size(), texts);
        } catch (Failure failed) {
            throw new Failure(
                    Failure.Kind.BUG,
                    "the kernels do not compile: " + text(library, arena, program, "ProgramLog"),
                    failed);
        }
        MemorySegment image = bytes(library, arena, program, "CUBIN");
        library.function("nvrtcDestroyProgram", ADDRESS).call(slot);
        return image;
    }

    private static MemorySegment bytes(NativeLibrary library, Arena arena, MemorySegment program, String what) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        library.function("nvrtcGet" + what + "Size", ADDRESS, ADDRESS).call(program, size);
        MemorySegment bytes = arena.allocate(size.get(JAVA_LONG, 0), 16);
        library.function("nvrtcGet" + what, ADDRESS, ADDRESS).call(program, bytes);
        return bytes;
    }

    private static String text(NativeLibrary library, Arena arena, MemorySegment program, String what) {
        return bytes(library, arena, program, what).getString(0).strip();
    }

    private static String source(String resource) {
        try (InputStream in = Kernels.class.getResourceAsStream(resource)) {
            if (in == null) throw new Failure(Failure.Kind.BUG, "the engine lacks its resource " + resource);
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            // For messages of the compiler.
            return "#line 1 \"%s\"\n%s".formatted(resource, text);
        } catch (IOException e) {
            throw new UncheckedIOException("the resource " + resource + " cannot be read", e);
        }
    }
}
