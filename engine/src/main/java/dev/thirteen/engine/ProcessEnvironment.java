package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The environment as native libraries see it; {@link System#getenv} keeps a copy of its own. */
final class ProcessEnvironment {
    private static final MethodHandle SETENV = function(
            "setenv",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private ProcessEnvironment() {}

    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    /** Sets a variable that is not set. */
    static void setDefault(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment variable = arena.allocateFrom(name);
            int status = (int) SETENV.invokeExact(variable, arena.allocateFrom(value), 0);
            if (status != 0) throw new Failure(Failure.Kind.BUG, "the environment does not take " + name);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new Failure(Failure.Kind.BUG, "setenv cannot be called: " + e, e);
        }
    }
}
