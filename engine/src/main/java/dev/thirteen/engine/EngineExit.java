package dev.thirteen.engine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The end of a process in which a thread still computes. */
public final class EngineExit {
    /** Exit status of a process that was told to end by SIGTERM. */
    public static final int TERMINATED = 128 + 15;

    private static final MethodHandle EXIT = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("_exit"),
                    FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));

    private EngineExit() {}

    /**
     * Ends the process at once, without shutdown hooks. {@link System#exit} and {@link Runtime#halt} both run libtorch's
     * destructors, which crash a thread that is still inside it.
     */
    public static void now(int status) {
        try {
            EXIT.invokeExact(status);
        } catch (Throwable e) {
            throw new IllegalStateException("the process cannot end", e);
        }
    }
}
