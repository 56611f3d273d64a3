package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class ProcessEnvironmentTest {
    @Test
    void aVariableIsSetOnceForNativeLibraries() throws Throwable {
        ProcessEnvironment.setDefault("THIRTEEN_TEST_VARIABLE", "first");
        ProcessEnvironment.setDefault("THIRTEEN_TEST_VARIABLE", "second");
        assertThat(nativeValue("THIRTEEN_TEST_VARIABLE")).isEqualTo("first");
    }

    private static String nativeValue(String name) throws Throwable {
        Linker linker = Linker.nativeLinker();
        var getenv = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("getenv"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = (MemorySegment) getenv.invokeExact(arena.allocateFrom(name));
            return value.reinterpret(64).getString(0);
        }
    }
}
